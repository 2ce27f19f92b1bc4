import type { CancelScope } from "./cancel-scope.ts";
import { echoes, saysCancelled } from "./cancellation.ts";
import { isScope } from "./is-scope.ts";
import { refuse } from "./refuse.ts";
import { scopeOf } from "./signals.ts";

/**
 * Whether an error is a cancellation and not a failure.
 *
 * With a scope: whether it is *that scope's* cancellation coming back, which it can be only while the scope is
 * cancelled: the reason itself, an error caused by it, or what says in its place that something was cancelled, by the
 * name `AbortError` or in words that {@link cancellationErrors} knows. Without one: whether it looks like a
 * cancellation at all.
 *
 * @param error - anything caught
 * @param scope - the scope whose cancellation is meant
 * @returns `true` if the error is a cancellation
 * @throws TypeError if `scope` is no scope; anything with a `signal` is none here
 *
 * @example
 * ```ts
 * import { cancelScope, isCancelled, sleep } from "skein";
 *
 * await cancelScope(async (scope) => {
 *   scope.cancel();
 *   try {
 *     await sleep(1, scope);
 *   } catch (error) {
 *     console.log(isCancelled(error, scope), isCancelled(new Error("other"), scope));
 *   }
 * });
 * // prints: true false
 * ```
 *
 * @public
 */
export function isCancelled(error: unknown, scope?: CancelScope): boolean {
  if (scope === undefined) return saysCancelled(error);
  if (typeof scope !== "object" || scope === null || !isScope(scope)) {
    refuse("scope", "a scope of skein", scope);
  }
  const own = scopeOf(scope)!;
  return own.cancelled && echoes(error, own._inForce!);
}
