import { defaultThreadpool } from "./default-threadpool.ts";

const NO_OPTIONS = {};

/**
 * Runs a plain function in a worker thread and awaits its result; the event loop stays free. Functions that capture
 * variables work as they are; one that cannot be carried faithfully is refused by name before anything runs.
 *
 * The promise settles on every path: also when the function ends its thread or returns what cannot be sent. What the
 * function throws arrives with all it carries. Arguments and result are copied unless marked with {@link transfer}.
 *
 * **Cancellation:** this short form takes no scope; use {@link Threadpool.run} to cancel a call.
 *
 * @param fn - the function; it sees copies of the variables that it captures
 * @param args - what it is called with
 * @throws TypeError, synchronously, when `fn` is no function
 * @throws ShipError, as a rejection, when the function cannot be carried to a thread
 * @throws NotTransferableError, as a rejection, when an argument or the result cannot be
 * @throws WorkerExitedError, as a rejection, when the thread ends while it runs the function
 *
 * @example
 * ```ts
 * import { runInThreadpool } from "skein";
 *
 * const sum = await runInThreadpool((n: number) => {
 *   let sum = 0;
 *   for (let i = 1; i <= n; i += 1) sum += i;
 *   return sum;
 * }, 1_000);
 * console.log(sum);
 * // prints: 500500
 * ```
 *
 * @public
 */
export function runInThreadpool<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  return defaultThreadpool().run(fn, args, NO_OPTIONS);
}
