import { ambience } from "../../scope/ambience.ts";
import type { ParentScope } from "../../scope/scope-child.ts";
import { PlainScope } from "../../scope/scope.ts";

/**
 * What must have ended before a lifetime that it is in can be closed: a resolution, or a lifetime that makes its
 * values.
 */
export interface LifetimeActivity {
  readonly _ended: boolean;
  /** Whether it is in this open lifetime, or in one inside it. */
  _isIn(host: object): boolean;
}

/** The scope above those of a activity's setups. */
export abstract class LifetimeActivityScope extends PlainScope {
  abstract readonly _activity: LifetimeActivity;
}

/** Whose code runs at this moment: known up to its first `await`. */
let running: LifetimeActivity | null = null;

/** Code of a activity begins. @returns what to {@link leave} with when it has returned or thrown */
export function enter(activity: LifetimeActivity): LifetimeActivity | null {
  const outer = running;
  running = activity;
  return outer;
}

export function leave(outer: LifetimeActivity | null): void {
  running = outer;
}

/** The activity of an open lifetime that the running code is part of, as far as that can be told. */
export function activityIn(host: object): LifetimeActivity | undefined {
  if (running?._isIn(host) === true) return running;
  const current = ambience?.current() ?? null;
  if (current === null || current._ended) return undefined;
  for (let scope: ParentScope | null = current; scope !== null; scope = scope._parent) {
    if (scope instanceof LifetimeActivityScope && scope._activity._isIn(host))
      return scope._activity;
  }
  return undefined;
}
