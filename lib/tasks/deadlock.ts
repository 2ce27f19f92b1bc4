import { DeadlockError } from "../errors.ts";
import { ambience } from "../scope/ambience.ts";
import type { ParentScope } from "../scope/scope-child.ts";

/**
 * The error of a wait for the end of something that cannot end before whoever waits does: `null` if there is none,
 * or if it cannot be told because nobody knows which scope the code belongs to.
 */
export function deadlockOf(awaited: object): DeadlockError | null {
  const current = ambience === null ? null : ambience.current();
  return current === null || current._ended ? null : deadlockIn(current, awaited);
}

/** The same for code that is known to belong to `current`. */
export function deadlockIn(current: ParentScope, awaited: object): DeadlockError | null {
  for (let scope: ParentScope | null = current; scope !== null; scope = scope._parent) {
    if (scope !== awaited) continue;
    const what = scope === current ? "itself" : `${scope._describe()}, which it runs in,`;
    return new DeadlockError(`${current._describe()} would wait for ${what} for ever`);
  }
  return null;
}

/** Whether `then` was called by the language, for an `await` or a `return`, and not by somebody with a callback. */
export function isAwait(onFulfilled: unknown): boolean {
  return (
    typeof onFulfilled === "function" &&
    onFulfilled.name === "" &&
    Function.prototype.toString.call(onFulfilled) === "function () { [native code] }"
  );
}
