import { inCommon } from "../errors/copies.ts";
import { checkBody } from "../scope/body.ts";
import type { UncheckedFunction } from "./any-function.ts";

/**
 * What a function that runs in a thread sees of a {@link callback}: a plain synchronous function.
 *
 * @public
 */
export type Callback<F extends (...args: never[]) => unknown> = ((
  ...args: Parameters<F>
) => Awaited<ReturnType<F>>) & {
  /** Only for the compiler, which tells by it what can be sent: there is nothing here at run time. */
  readonly "~callback"?: never;
};

/** Any function, seen as what it is called as. */

const originals = /* @__PURE__ */ inCommon(
  "callback",
  () => new WeakMap<object, UncheckedFunction>(),
);

/**
 * Lets a function that runs in a thread call back to the main thread. As an argument it arrives in the worker as a
 * plain synchronous function: calling it runs `fn` (async or not) here and **blocks** the worker until it has answered.
 *
 * `fn` runs in the `AsyncLocalStorage` context of the call that it was given to. What it throws is thrown in the
 * worker.
 *
 * **Cancellation:** the call that it was given to settles only after a run of `fn` that it waits for has settled.
 *
 * @param fn - runs on the main thread, with arguments that have crossed the border
 * @returns what to pass as an argument; called on the main thread, it calls `fn`
 * @throws TypeError, synchronously, when `fn` is no function
 *
 * @example
 * ```ts
 * import { callback, runInThreadpool } from "skein";
 *
 * const lookUp = callback(async (key: string) => key.toUpperCase());
 * const value = await runInThreadpool((get: (key: string) => string) => get("a") + get("b"), lookUp);
 * console.log(value);
 * // prints: AB
 * ```
 *
 * @public
 */
export function callback<F extends (...args: never[]) => unknown>(fn: F): Callback<F> {
  checkBody("fn", fn);
  const stub = ((...args: Parameters<F>) => fn(...args)) as Callback<F>;
  originals.set(stub, fn as unknown as UncheckedFunction);
  return stub;
}

/** The function behind a {@link callback}, if `value` is one. */
export function callbackBehind(value: unknown): UncheckedFunction | undefined {
  return typeof value === "function" ? originals.get(value) : undefined;
}
