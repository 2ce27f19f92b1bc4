import { defaultThreadpool } from "../threads/default-threadpool.ts";
import { impliedScope } from "./current-scope.ts";

/**
 * Runs a plain function in a worker thread, under the current scope; see `runInThreadpool` of `skein`.
 *
 * **Cancellation:** a call that has not begun never begins; one that runs is stopped with its thread. The promise
 * rejects with the scope's reason.
 *
 * @param fn - a plain function, closures included
 * @param args - copied to the thread
 * @returns what the function returned
 * @throws TypeError, synchronously, if `fn` is no function
 *
 * @example
 * ```ts
 * import { failAfter, runInThreadpool } from "skein/ambient";
 *
 * const spin = () => {
 *   for (;;);
 * };
 * const error = await failAfter(50, () => runInThreadpool(spin)).catch((error) => error);
 * console.log(error.name);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export function runInThreadpool<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  const scope = impliedScope();
  return defaultThreadpool().run(fn, args, scope === null ? {} : { scope });
}

/**
 * Runs a plain generator function in a worker thread, under the current scope, and streams what it yields; see
 * `iterateInThreadpool` of `skein`.
 *
 * **Cancellation:** the thread is stopped; the loop throws the scope's reason.
 *
 * @param fn - returns an iterable
 * @param args - copied to the thread
 * @throws TypeError, synchronously, if `fn` is no function
 *
 * @example
 * ```ts
 * import { iterateInThreadpool } from "skein/ambient";
 *
 * const squares = iterateInThreadpool(function* (n: number) {
 *   for (let i = 1; i <= n; i++) yield i * i;
 * }, 3);
 * for await (const square of squares) console.log(square);
 * // prints: 1
 * // prints: 4
 * // prints: 9
 * ```
 *
 * @public
 */
export function iterateInThreadpool<A extends unknown[], T>(
  fn: (...args: A) => Iterable<T>,
  ...args: A
): AsyncIterableIterator<T> {
  const scope = impliedScope();
  return defaultThreadpool().iterate(fn, args, scope === null ? {} : { scope });
}
