import type { CancelScope, ScopeOptions, ScopeLike } from "../scope/cancel-scope.ts";
import { checkpoint as checkpointIn } from "../scope/checkpoint.ts";
import type { Outcome } from "../scope/run-scope.ts";
import { sleep as sleepIn } from "../scope/sleep.ts";
import * as scopes from "../scope/timeouts.ts";
import { impliedOr, withImpliedScope } from "./current-scope.ts";

/**
 * Waits for a time under the current scope.
 *
 * **Cancellation:** rejects at once with the scope's reason; nothing is left behind.
 *
 * @param ms - milliseconds, 0 or more; `Infinity` waits for cancellation alone
 * @param scope - another scope to wait under
 * @returns a promise that resolves when the time is over
 * @throws TypeError or RangeError, synchronously, if `ms` is no duration
 *
 * @example
 * ```ts
 * import { moveOnAfter, sleep } from "skein/ambient";
 *
 * const outcome = await moveOnAfter(10, () => sleep(60_000));
 * console.log(outcome.done);
 * // prints: false
 * ```
 *
 * @public
 */
export function sleep(ms: number, scope?: ScopeLike): Promise<void> {
  return sleepIn(ms, impliedOr(scope));
}

/**
 * Lets everything else have a turn, and notices a cancellation of the current scope.
 *
 * **Cancellation:** rejects with the scope's reason if the scope is cancelled before the turn is over.
 *
 * @param scope - another scope to wait under
 * @returns a promise that resolves when whatever else was ready has had its turn
 *
 * @example
 * ```ts
 * import { cancelScope, checkpoint } from "skein/ambient";
 *
 * const outcome = await cancelScope(async (scope) => {
 *   for (let i = 0; ; i++) {
 *     if (i === 3) scope.cancel("enough");
 *     await checkpoint();
 *   }
 * });
 * console.log(outcome);
 * // prints: { done: false, reason: 'enough' }
 * ```
 *
 * @public
 */
export function checkpoint(scope?: ScopeLike): Promise<void> {
  return checkpointIn(impliedOr(scope));
}

/**
 * Runs `body` in a scope that can be cancelled on its own; it hangs below the current one, and is the current one in
 * the body.
 *
 * **Cancellation:** a cancellation from outside that interrupted the body rejects with the outer reason; the scope's
 * own becomes the outcome.
 *
 * @param body - called at once with the scope
 * @param options - what bounds the scope; another `scope` to hang it below
 * @returns the body's value as `{ done: true, value }`, or `{ done: false, reason }` if the scope's own cancellation
 *   interrupted it
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { cancelScope, sleep } from "skein/ambient";
 *
 * const outcome = await cancelScope(async (scope) => {
 *   setTimeout(() => scope.cancel("changed my mind"), 1);
 *   await sleep(60_000);
 * });
 * console.log(outcome);
 * // prints: { done: false, reason: 'changed my mind' }
 * ```
 *
 * @public
 */
export function cancelScope<T>(
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: ScopeOptions,
): Promise<Outcome<T>> {
  return scopes.cancelScope(body, withImpliedScope(options));
}

/**
 * Runs `body` below the current scope and gives up on it after a time.
 *
 * **Cancellation:** as for {@link cancelScope}.
 *
 * @param timeoutMs - milliseconds, counted from the call, 0 or more; with 0 the body does not run
 * @param body - called at once with the scope
 * @param options - another `scope` to hang it below
 * @returns the body's value as `{ done: true, value }`, or `{ done: false, reason }` if it was given up
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { moveOnAfter, sleep } from "skein/ambient";
 *
 * async function lookUp() {
 *   await sleep(60_000);
 *   return "found";
 * }
 * console.log((await moveOnAfter(1, lookUp)).done);
 * // prints: false
 * ```
 *
 * @public
 */
export function moveOnAfter<T>(
  timeoutMs: number,
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: ScopeOptions,
): Promise<Outcome<T>> {
  return scopes.moveOnAfter(timeoutMs, body, withImpliedScope(options));
}

/**
 * Runs `body` below the current scope and fails with a `DeadlineError` if it takes longer than a time.
 *
 * **Cancellation:** a cancellation from outside that interrupted the body rejects with the outer reason.
 *
 * @param timeoutMs - milliseconds, counted from the call, 0 or more; with 0 the body does not run
 * @param body - called at once with the scope
 * @param options - another `scope` to hang it below
 * @returns the body's value
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { failAfter, sleep } from "skein/ambient";
 *
 * const error = await failAfter(1, () => sleep(60_000)).catch((error) => error);
 * console.log(error.name);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export function failAfter<T>(
  timeoutMs: number,
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: ScopeOptions,
): Promise<T> {
  return scopes.failAfter(timeoutMs, body, withImpliedScope(options));
}

/**
 * Runs `body` out of reach of any cancellation of the current scope, for cleanup that must be able to wait.
 *
 * **Cancellation:** none from outside; the first wait after the shield sees what happened meanwhile.
 *
 * @param body - called at once with the scope; whatever it calls is shielded too
 * @param options - `timeoutMs` is 30,000 by default, `Infinity` for no bound
 * @returns the body's value
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { cancelScope, shield, sleep } from "skein/ambient";
 *
 * await cancelScope(async (scope) => {
 *   scope.cancel();
 *   await shield(() => sleep(1));
 *   console.log("flushed");
 * });
 * // prints: flushed
 * ```
 *
 * @public
 */
export function shield<T>(
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: Omit<ScopeOptions, "shield">,
): Promise<T> {
  return scopes.shield(body, withImpliedScope(options));
}
