import type { ScopeLike } from "../scope/cancel-scope.ts";
import { defaultThreadpool } from "./default-threadpool.ts";
import { refuseOptions } from "./option-arguments.ts";
import { shortCall, type ShortCall } from "./short-call.ts";

/**
 * Runs a generator function in a worker thread under a scope and streams what it yields, with backpressure: it is never
 * more than 32 items ahead of the consumer. Between batches it is suspended and its thread does not count as busy.
 *
 * Leaving the loop ends the generator: its `finally` blocks run in the thread and are awaited.
 *
 * **Cancellation:** the pending `next()` rejects with the scope's reason after the generator has been stopped, its
 * `finally` blocks included, or its thread ended.
 *
 * @param scope - what the iteration waits under: a scope, or anything with a `signal`
 * @param fn - returns an iterable; most often a generator function
 * @param args - what it is called with
 * @returns an iterator to consume once, which starts on the first `next()`
 * @throws TypeError, synchronously, if an argument is invalid; otherwise as `runInThreadpool`
 * @throws WorkerLostError, from the iterator, when the thread that holds the generator has ended
 *
 * @example
 * ```ts
 * import { iterateInThreadpool, moveOnAfter } from "skein";
 *
 * function* forever(): Generator<number> {
 *   for (let n = 1; ; n += 1) yield n;
 * }
 * const outcome = await moveOnAfter(50, async (scope) => {
 *   for await (const _ of iterateInThreadpool(scope, forever));
 * });
 * console.log(outcome.done);
 * // prints: false
 * ```
 *
 * @public
 */
export function iterateInThreadpool<A extends unknown[], T>(
  scope: ScopeLike,
  fn: (...args: A) => Iterable<T>,
  ...args: A
): AsyncIterableIterator<T>;

/**
 * Runs a generator function in a worker thread and streams what it yields, until it ends or its consumer leaves.
 *
 * **Cancellation:** none, for there is no scope; name one in the first place where there is one.
 *
 * @param fn - returns an iterable; most often a generator function
 * @param args - what it is called with
 * @returns an iterator to consume once, which starts on the first `next()`
 * @throws what the form with a scope throws
 *
 * @example
 * ```ts
 * import { iterateInThreadpool } from "skein";
 *
 * const lines = iterateInThreadpool(function* (n: number) {
 *   for (let i = 0; i < n; i += 1) yield `line ${i}`;
 * }, 3);
 * for await (const line of lines) console.log(line);
 * // prints: line 0
 * // prints: line 1
 * // prints: line 2
 * ```
 *
 * @public
 */
export function iterateInThreadpool<A extends unknown[], T>(
  fn: (...args: A) => Iterable<T>,
  ...args: A
): AsyncIterableIterator<T>;

export function iterateInThreadpool(
  first: unknown,
  ...rest: unknown[]
): AsyncIterableIterator<unknown> {
  return iterateShort(shortCall(first, rest));
}

/** Makes the iteration of a short form in the default pool. */
export function iterateShort({ fn, args, options }: ShortCall): AsyncIterableIterator<never> {
  refuseOptions(fn, args);
  return defaultThreadpool().iterate(fn as () => Iterable<never>, args as [], options);
}
