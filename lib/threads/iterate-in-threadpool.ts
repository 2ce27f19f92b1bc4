import { defaultThreadpool } from "./default-threadpool.ts";

/**
 * Runs a generator function in a worker thread and streams what it yields, with backpressure: it is never more than
 * 32 items ahead of the consumer. Between batches it is suspended and its thread does not count as busy.
 *
 * Leaving the loop ends the generator: its `finally` blocks run in the thread and are awaited.
 *
 * **Cancellation:** this short form takes no scope; use {@link Threadpool.iterate} to cancel it.
 *
 * @param fn - returns an iterable; most often a generator function
 * @param args - what it is called with
 * @returns an iterator to consume once, which starts on the first `next()`
 * @throws TypeError, synchronously, when `fn` is no function; otherwise as {@link runInThreadpool}
 * @throws WorkerLostError, from the iterator, when the thread that holds the generator has ended
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
): AsyncIterableIterator<T> {
  return defaultThreadpool().iterate(fn, args);
}
