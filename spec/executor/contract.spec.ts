import { describe, expect, it } from "vitest";
import { AsyncResource } from "node:async_hooks";
import type { Executor, RunOptions } from "../../lib/index.ts";
import { executorContract, Threadpool } from "../support/built.ts";

type Pool = InstanceType<typeof Threadpool>;
type Run = (pool: Pool, fn: () => unknown, args: [], options: RunOptions) => Promise<never>;

/** A thread pool with a fault. */
class Faulty implements Executor {
  readonly #pool = new Threadpool();
  readonly #fault: Run;

  constructor(fault: Run) {
    this.#fault = fault;
  }

  run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options: RunOptions = {},
  ): Promise<Awaited<R>> {
    return this.#fault(this.#pool, fn as () => unknown, args as never, options);
  }

  statistics() {
    return { running: 0, queued: 0, completed: 0 };
  }

  async close() {
    void this.#pool.close();
  }
}

const outside = new AsyncResource("outside");
const run = (pool: Pool, fn: () => unknown, args: [], options: RunOptions) =>
  pool.run(fn, args, options) as Promise<never>;

const faults: Readonly<Record<string, Run>> = {
  "resolves with what": (...call) =>
    run(...call).then((value) => JSON.parse(JSON.stringify(value)) as never),
  "rejects with what": (...call) =>
    run(...call).catch((error) => {
      throw new Error(error.message);
    }),
  "gives the function the arguments": (...call) =>
    new Promise<void>((resolve) => setImmediate(resolve)).then(() => run(...call)),
  "tells of progress": (pool, fn, args, { onProgress, ...options }) => {
    const heard: unknown[] = [];
    const late = run(pool, fn, args, { ...options, onProgress: (value) => heard.push(value) });
    return late.finally(() => heard.reverse().forEach((value) => onProgress?.(value)));
  },
  "runs the function within the contexts": (...call) => outside.runInAsyncScope(() => run(...call)),
  "refuses invalid arguments": async (...call) => {
    try {
      return await run(...call);
    } catch {
      return undefined as never;
    }
  },
  "runs nothing under": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, signal: undefined, timeoutMs: 1_000 }),
  "keeps a cancellation from": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, onCancel: "kill" }),
  "gives a result that comes": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, onCancel: "abandon" }),
  "ends a call at its deadline": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, timeoutMs: 1 }).catch(() => undefined as never),
  "runs no more calls at once": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, limiter: undefined }),
  "gives each call an identification": (pool, fn, args, options) =>
    run(pool, fn, args, { ...options, callId: "one" }),
  "counts its calls": run,
  "waits for its calls": run,
};

describe("executorContract", () => {
  it.each(executorContract(() => new Threadpool()))(
    "holds for a Threadpool: $name",
    async ({ check }) => {
      await expect(check()).resolves.toBeUndefined();
    },
  );

  it.each(Object.keys(faults))("finds an executor that does not keep to: %s", async (begin) => {
    const claims = executorContract(() => new Faulty(faults[begin]!));
    const [claim] = claims.filter(({ name }) => name.startsWith(begin));
    await expect(claim!.check()).rejects.toThrow(/.*/);
  });
});
