import { monitorEventLoopDelay } from "node:perf_hooks";
import { sleep } from "skein";

export interface Measured<T> {
  readonly value: T;
  readonly wallMs: number;
  /** The longest time for which the event loop could not turn to anything else. */
  readonly longestBlockMs: number;
}

export async function measured<T>(work: () => Promise<T>): Promise<Measured<T>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  try {
    const value = await work();
    const wallMs = performance.now() - start;
    await sleep(10); // so that a block at the very end is seen, too
    return { value, wallMs, longestBlockMs: delay.max / 1e6 };
  } finally {
    delay.disable();
  }
}
