import type { HoldingExecutor, RunOptions } from "../../lib/index.ts";

/** Runs everything where it is called, and keeps the options by name. */
export class RecordingExecutor implements HoldingExecutor {
  readonly options = new Map<string, RunOptions>();

  async run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options: RunOptions = {},
  ): Promise<Awaited<R>> {
    this.options.set(options.name!, options);
    return await fn(...args);
  }

  async hold<A extends unknown[], T>(
    fn: (...args: A) => Generator<T, unknown, undefined>,
    args: A,
    options: RunOptions = {},
  ) {
    this.options.set(options.name!, options);
    return { value: fn(...args).next().value as T, finish: async () => {} };
  }

  statistics() {
    return { running: 0, queued: 0, completed: this.options.size };
  }

  async close() {}
}
