import { Threadpool } from "./thread-pool.ts";

let pool: Threadpool | undefined;

/**
 * The pool that `runInThreadpool` and its relatives use, made on first use. In a worker it is the worker's own,
 * so a function that runs in a thread and uses threads itself never waits for the pool that runs it.
 *
 * @returns the same pool on every call
 *
 * @example
 * ```ts
 * import { defaultThreadpool } from "skein";
 *
 * console.log(defaultThreadpool().statistics().queued);
 * // prints: 0
 * ```
 *
 * @public
 */
export function defaultThreadpool(): Threadpool {
  return (pool ??= new Threadpool());
}
