import type { ScopeLike } from "../scope/cancel-scope.ts";
import { defaultThreadpool } from "./default-threadpool.ts";
import { refuseOptions } from "./option-arguments.ts";
import { shortCall, type ShortCall } from "./short-call.ts";

/**
 * Runs a plain function in a worker thread under a scope, and awaits its result; the event loop stays free. Functions
 * that capture variables work as they are; one that cannot be carried faithfully is refused by name before anything
 * runs.
 *
 * The promise settles on every path: also when the function ends its thread or returns what cannot be sent. What the
 * function throws arrives with all it carries. Arguments and result are copied unless marked with {@link transfer}.
 *
 * **Cancellation:** a call that has not begun never begins, and its arguments have not moved; one that runs is ended
 * with its thread. The promise rejects with the scope's reason once the thread is free or gone, so that nothing
 * outlives the scope. For other ways, and for a deadline of its own, there is {@link Threadpool.run}.
 *
 * @param scope - what the call waits under: a scope, or anything with a `signal`
 * @param fn - the function; it sees copies of the variables that it captures
 * @param args - what it is called with
 * @returns what the function returns
 * @throws TypeError, synchronously, for a scope or a function that is none, and for a scope or options among `args`
 * @throws ShipError, as a rejection, when the function cannot be carried to a thread
 * @throws NotTransferableError, as a rejection, when an argument or the result cannot be
 * @throws WorkerExitedError, as a rejection, when the thread ends while it runs the function
 * @throws WorkerStartError, as a rejection, when no thread has begun it
 *
 * @example
 * ```ts
 * import { runInThreadpool, taskGroup } from "skein";
 *
 * function sumTo(n: number): number {
 *   let sum = 0;
 *   for (let i = 1; i <= n; i += 1) sum += i;
 *   return sum;
 * }
 * const sum = await taskGroup((group) => group.spawn((task) => runInThreadpool(task, sumTo, 1_000)));
 * console.log(sum);
 * // prints: 500500
 * ```
 *
 * @public
 */
export function runInThreadpool<A extends unknown[], R>(
  scope: ScopeLike,
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>>;

/**
 * Runs a plain function in a worker thread and awaits its result, to its end whatever happens around the call.
 *
 * **Cancellation:** none, for there is no scope; name one in the first place where there is one.
 *
 * @param fn - the function; it sees copies of the variables that it captures
 * @param args - what it is called with
 * @returns what the function returns
 * @throws what the form with a scope throws
 *
 * @example
 * ```ts
 * import { runInThreadpool } from "skein";
 *
 * console.log(await runInThreadpool((a: number, b: number) => a * b, 6, 7));
 * // prints: 42
 * ```
 *
 * @public
 */
export function runInThreadpool<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>>;

export function runInThreadpool(first: unknown, ...rest: unknown[]): Promise<unknown> {
  return runShort(shortCall(first, rest));
}

/** Makes the call of a short form in the default pool. */
export function runShort({ fn, args, options }: ShortCall): Promise<never> {
  refuseOptions(fn, args);
  return defaultThreadpool().run(fn, args, options) as Promise<never>;
}
