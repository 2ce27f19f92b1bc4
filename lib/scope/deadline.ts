import type { ParentScope } from "./scope-child.ts";
import type { Timer } from "./timers.ts";

/** A scope's deadline while it has one. */
export class Deadline implements Timer {
  at: number;
  readonly scope: ParentScope;
  /** The duration that it was given as, if it was. */
  readonly timeoutMs: number | undefined;
  _order = 0;
  _place = -1;

  constructor(scope: ParentScope, at: number, timeoutMs?: number) {
    this.scope = scope;
    this.at = at;
    this.timeoutMs = timeoutMs;
  }

  _expire(): void {
    if (this.scope._deadline === this) this.scope._cancel("deadline", undefined);
  }
}

/** Brings `_limit` of a scope and of all below it up to date. */
export function limit(top: ParentScope): void {
  if (!limitOne(top) || top._first === null) return;
  const changed: ParentScope[] = [top];
  for (let i = 0; i < changed.length; i++) {
    for (let child = changed[i]!._first; child !== null; child = child._next) {
      const below = child._asParent();
      if (below !== null && limitOne(below)) changed.push(below);
    }
  }
}

function limitOne(scope: ParentScope): boolean {
  const own = scope._deadline;
  const outside = scope._shielded ? null : (scope._parent?._limit ?? null);
  const next = own === null || (outside !== null && outside.at <= own.at) ? outside : own;
  if (next === scope._limit) return false;
  scope._limit = next;
  return true;
}
