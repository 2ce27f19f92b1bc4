import { checkBody } from "./body.ts";
import type { CancelScope, ScopeOptions } from "./cancel-scope.ts";
import { checkDuration } from "./durations.ts";
import { KnownOptions } from "./options.ts";
import { type Outcome, outcomeOf, scopeFrom, valueOf } from "./run-scope.ts";
import { SCOPE_OPTIONS } from "./scope-options.ts";
import { PlainScope, Scope } from "./scope.ts";

/** How long a shield holds when its caller does not say. */
const SHIELD_MS = 30_000;

const SHIELD_OPTIONS = /* @__PURE__ */ new KnownOptions<Omit<ScopeOptions, "shield">>(
  "A shield",
  () => {
    const { shield: _, ...checks } = SCOPE_OPTIONS.checks;
    return checks;
  },
);

/**
 * Runs `body` in a scope that can be cancelled on its own. The promise settles only after the body has.
 *
 * Only the scope's own cancellation becomes an outcome: `scope.cancel()` or its deadline. Any other error, and
 * a cancellation from outside, rejects. A value that the body produced is never lost, even after a cancellation.
 *
 * **Cancellation:** an enclosing cancellation reaches the body through `scope`; when it interrupted the body, the
 * promise rejects with the outer reason. If the scope is cancelled on entry the body does not run.
 *
 * @param body - called at once with the scope
 * @param options - where the scope stands and what bounds it
 * @returns the body's value as `{ done: true, value }`, or `{ done: false, reason }` if the scope's own cancellation
 *   interrupted it
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { cancelScope, sleep } from "skein";
 *
 * const outcome = await cancelScope(async (scope) => {
 *   setTimeout(() => scope.cancel("changed my mind"), 1);
 *   await sleep(60_000, scope);
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
  checkBody("body", body);
  return outcomeOf(scopeFrom(SCOPE_OPTIONS.read(options)), body);
}

/**
 * Runs `body` and gives up on it after a time: cancels its scope, waits for it to unwind, and moves on.
 *
 * Like {@link cancelScope} with a deadline: only its own deadline (or `scope.cancel()`) becomes `{ done: false }`,
 * and a value that arrives in spite of the deadline is returned.
 *
 * **Cancellation:** as for {@link cancelScope}.
 *
 * @param timeoutMs - milliseconds, counted from the call, 0 or more; with 0 the body does not run
 * @param body - called at once with the scope
 * @param options - where the scope stands
 * @returns the body's value as `{ done: true, value }`, or `{ done: false, reason }` if it was given up
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { moveOnAfter, sleep } from "skein";
 *
 * const fast = await moveOnAfter(60_000, () => "a value");
 * const slow = await moveOnAfter(1, (scope) => sleep(60_000, scope));
 * console.log(fast.done, slow.done);
 * // prints: true false
 * ```
 *
 * @public
 */
export function moveOnAfter<T>(
  timeoutMs: number,
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: ScopeOptions,
): Promise<Outcome<T>> {
  return outcomeOf(timedScope(timeoutMs, body, options), body);
}

/**
 * Runs `body` and fails if it takes longer than a time: cancels its scope, waits for it to unwind, and rejects.
 *
 * The rejection is a {@link DeadlineError} only if the scope's own deadline interrupted the body; any other error
 * passes unchanged, and so does a value that arrives in spite of the deadline.
 *
 * **Cancellation:** an enclosing cancellation reaches the body through `scope`; when it interrupted the body, the
 * promise rejects with the outer reason.
 *
 * @param timeoutMs - milliseconds, counted from the call, 0 or more; with 0 the body does not run
 * @param body - called at once with the scope
 * @param options - where the scope stands
 * @returns the body's value
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { DeadlineError, failAfter, sleep } from "skein";
 *
 * const error = await failAfter(1, (scope) => sleep(60_000, scope)).catch((error) => error);
 * console.log(error instanceof DeadlineError, error.name);
 * // prints: true TimeoutError
 * ```
 *
 * @public
 */
export function failAfter<T>(
  timeoutMs: number,
  body: (scope: CancelScope) => T | PromiseLike<T>,
  options?: ScopeOptions,
): Promise<T> {
  return valueOf(timedScope(timeoutMs, body, options), body);
}

/**
 * Runs `body` out of reach of any cancellation from outside, for cleanup that must be able to wait.
 *
 * It is bounded: after `timeoutMs` its scope is cancelled and, once the body has unwound, the promise rejects with
 * a {@link DeadlineError}. The scope's own `cancel()` works too.
 *
 * **Cancellation:** none from outside. The first wait after the shield, outside of it, sees what happened meanwhile.
 *
 * @param body - called at once with the scope; waits inside must use it to be shielded
 * @param options - `timeoutMs` is 30,000 by default, `Infinity` for no bound
 * @returns the body's value
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { cancelScope, shield, sleep } from "skein";
 *
 * await cancelScope(async (outer) => {
 *   outer.cancel();
 *   await shield((scope) => sleep(1, scope), { scope: outer, timeoutMs: 5_000 });
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
  checkBody("body", body);
  const { timeoutMs = SHIELD_MS, ...rest } = SHIELD_OPTIONS.read(options);
  const scope = scopeFrom({ ...rest, timeoutMs, shield: true });
  return valueOf(scope, body);
}

function timedScope(timeoutMs: number, body: unknown, options: ScopeOptions | undefined): Scope {
  checkDuration("timeoutMs", timeoutMs);
  checkBody("body", body);
  if (options === undefined) {
    const scope = new PlainScope(null, undefined, false);
    scope._bound(undefined, timeoutMs);
    return scope;
  }
  const { timeoutMs: other = Infinity, ...rest } = SCOPE_OPTIONS.read(options);
  return scopeFrom({ ...rest, timeoutMs: Math.min(timeoutMs, other) });
}
