import { got } from "../errors.ts";
import type { Executor } from "../threads/executor.ts";

/** Refuses what is no executor; nothing is fine. */
export function checkPool(pool: unknown): asserts pool is Executor | undefined {
  if (pool === undefined) return;
  if (typeof (pool as Partial<Executor> | null)?.run === "function") return;
  throw new TypeError(
    `Expected \`pool\` to be a Threadpool or another executor, with a method \`run\`, got ${got(pool)}`,
  );
}
