import { got } from "../../errors.ts";
import type { Executor } from "../../threads/executor.ts";

/** Refuses what is no executor. */
export function checkPool(name: string, value: unknown): asserts value is Executor {
  if (typeof (value as Partial<Executor> | null)?.run === "function") return;
  throw new TypeError(
    `Expected \`${name}\` to be a Threadpool or another executor, with a method \`run\`, got ${got(value)}`,
  );
}
