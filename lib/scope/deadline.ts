import type { Scope } from "./cancel-scope.ts";
import { schedule, type Timer, unschedule } from "./timers.ts";

/** A scope's deadline while it has one. */
export class Deadline implements Timer {
  readonly at: number;
  readonly scope: Scope;
  /** The duration that it was given as, if it was. */
  readonly timeoutMs: number | undefined;
  _order = 0;
  _place = -1;

  constructor(scope: Scope, at: number, timeoutMs?: number) {
    this.scope = scope;
    this.at = at;
    this.timeoutMs = timeoutMs;
  }

  arm(): void {
    if (this._place === -1) schedule(this);
  }

  drop(): void {
    unschedule(this);
  }

  _expire(): void {
    if (this.scope._deadline === this) this.scope._cancel("deadline", undefined);
  }
}

/** Brings `_limit` of a scope and of all below it up to date. */
export function limit(top: Scope): void {
  const changed: Scope[] = [];
  if (limitOne(top)) changed.push(top);
  for (let i = 0; i < changed.length; i++) {
    for (let branch = changed[i]!._first; branch !== null; branch = branch._next) {
      const child = branch._asScope();
      if (child !== null && limitOne(child)) changed.push(child);
    }
  }
}

function limitOne(scope: Scope): boolean {
  const own = scope._deadline;
  const outside = scope._shielded ? null : (scope._parent?._limit ?? null);
  const next = own === null || (outside !== null && outside.at <= own.at) ? outside : own;
  if (next === scope._limit) return false;
  scope._limit = next;
  return true;
}
