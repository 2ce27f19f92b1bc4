import { type invoke as invokeIn, invokeShort } from "../threads/invoke.ts";
import {
  type iterateInThreadpool as iterateIn,
  iterateShort,
} from "../threads/iterate-in-threadpool.ts";
import { runShort, type runInThreadpool as runIn } from "../threads/run-in-threadpool.ts";
import type { ModuleReference } from "../threads/module-url.ts";
import type { ThreadedOptions } from "../threads/named.ts";
import { shortCall } from "../threads/short-call.ts";
import { declareThreaded, type threaded as threadedIn } from "../threads/threaded.ts";
import { impliedScope } from "./current-scope.ts";

/**
 * Runs a plain function in a worker thread, under the current scope; see `runInThreadpool` of `skein`.
 *
 * **Cancellation:** a call that has not begun never begins; one that runs is stopped with its thread. The promise
 * rejects with the scope's reason.
 *
 * @param scope - another scope to call it under; may be left out
 * @param fn - a plain function, closures included
 * @param args - copied to the thread
 * @returns what the function returned
 * @throws TypeError, synchronously, if an argument is invalid
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
export const runInThreadpool: typeof runIn = (first: unknown, ...rest: unknown[]): Promise<never> =>
  runShort(shortCall(first, rest, impliedScope()));

/**
 * Runs a plain generator function in a worker thread, under the current scope, and streams what it yields; see
 * `iterateInThreadpool` of `skein`.
 *
 * **Cancellation:** the thread is stopped; the loop throws the scope's reason.
 *
 * @param scope - another scope to run it under; may be left out
 * @param fn - returns an iterable
 * @param args - copied to the thread
 * @throws TypeError, synchronously, if an argument is invalid
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
export const iterateInThreadpool: typeof iterateIn = (
  first: unknown,
  ...rest: unknown[]
): AsyncIterableIterator<never> => iterateShort(shortCall(first, rest, impliedScope()));

/**
 * Calls a function where it belongs, under the current scope: an `async` function on the event loop, a plain one in a
 * thread; see `invoke` of `skein`.
 *
 * **Cancellation:** a current scope that is cancelled already rejects with its reason, and nothing is called. A plain
 * function is stopped with its thread; an `async` one is awaited, and what it waits for is cancelled with the current
 * scope.
 *
 * @param scope - another scope to call it under, which is the current one in an `async` function; may be left out
 * @param fn - an async or a plain function
 * @param args - what it is called with
 * @returns what the function returned
 * @throws TypeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { failAfter, invoke, sleep } from "skein/ambient";
 *
 * async function handler(): Promise<void> {
 *   await sleep(60_000);
 * }
 * const error = await failAfter(10, () => invoke(handler)).catch((error) => error);
 * console.log(error.name);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export const invoke: typeof invokeIn = (first: unknown, ...rest: unknown[]): Promise<never> =>
  invokeShort(shortCall(first, rest, impliedScope()));

/**
 * Declares a function to run in threads, under the current scope of each call; see `threaded` of `skein`.
 *
 * **Cancellation:** as for {@link runInThreadpool}; `declared.in(scope)(...args)` runs under another scope.
 *
 * @param meta - of the module that declares it: `import.meta`, in CommonJS `module`; or its URL
 * @param fn - the function
 * @returns a function of the same parameters that runs `fn` in the default pool
 * @throws TypeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { failAfter, threaded } from "skein/ambient";
 *
 * const spin = threaded(import.meta, () => {
 *   for (;;);
 * });
 * const error = await failAfter(50, () => spin()).catch((error) => error);
 * console.log(error.name);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export const threaded: typeof threadedIn = (
  meta: ModuleReference,
  fn: (...args: never[]) => unknown,
  options?: ThreadedOptions,
): never => declareThreaded(meta, fn, options, impliedScope) as never;
