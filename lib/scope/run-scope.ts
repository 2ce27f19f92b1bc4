import { refuseGenerator } from "./body.ts";
import type { CancelScope, ScopeOptions } from "./cancel-scope.ts";
import { type Cancellation, echoes } from "./cancellation.ts";
import { checkDeadline, checkDuration } from "./durations.ts";
import { allOf } from "./failures.ts";
import { Scope } from "./scope.ts";
import { parentWithin } from "./signals.ts";

/**
 * What became of a body that could be cancelled: its value, or the reason why there is none.
 *
 * @public
 */
export type Outcome<T> = { done: true; value: T } | { done: false; reason: unknown };

export function checkScopeOptions(options: ScopeOptions): void {
  if (options.deadline !== undefined) checkDeadline(options.deadline);
  if (options.timeoutMs !== undefined) checkDuration("timeoutMs", options.timeoutMs);
}

/** Makes the scope of a call from its options, which have been checked. */
export function scopeFrom(options: ScopeOptions): Scope {
  const parent = parentWithin(options.scope, options.signal);
  const scope = new Scope(parent, options.name, options.shield === true);
  scope._bound(options.deadline, options.timeoutMs);
  return scope;
}

/**
 * Runs a body in its scope and ends the scope. Gives the outcome if the body produced a value or was interrupted by
 * the scope's own cancellation; throws if it failed, or if a cancellation from outside interrupted it.
 */
export async function runScope<T>(
  scope: Scope,
  body: (scope: CancelScope) => T | PromiseLike<T>,
): Promise<Outcome<T>> {
  if (scope.cancelled) return interrupted(scope, scope._inForce!);
  let value: T;
  try {
    const result = body(scope);
    refuseGenerator(result, body);
    value = await result;
  } catch (error) {
    const cancellation = scope._inForce;
    if (cancellation !== null && echoes(error, cancellation))
      return interrupted(scope, cancellation);
    scope._end();
    throw scope._mishaps === null ? error : allOf(error, ...scope._mishaps);
  }
  scope._end();
  if (scope._mishaps !== null) throw allOf(...scope._mishaps);
  return { done: true, value };
}

/** Inner and outer cancelled together: the outer wins, unless a shield is between. */
function interrupted(scope: Scope, cancellation: Cancellation): Outcome<never> {
  const outside = scope._outside();
  scope._end();
  if (scope._mishaps !== null) throw allOf(...scope._mishaps);
  if (outside !== null) throw outside.reason;
  return { done: false, reason: cancellation.reason };
}
