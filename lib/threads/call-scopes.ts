import type { ParentScope } from "../scope/scope-child.ts";
import { PlainScope, Scope } from "../scope/scope.ts";
import { parentOf } from "../scope/signals.ts";
import { methodScope, namedOrCurrent } from "../scope/wait.ts";
import type { CallOptions } from "./executor.ts";

/** What a call waits under. */
export interface CallScopes {
  readonly scope: ParentScope | null;
  /** `scope`, if it was made for this call and ends with it. */
  readonly ownScope: Scope | null;
}

/**
 * The scope of a call: the one that it is given, or one of its own where it has a deadline, or is told apart from a
 * shield.
 */
export function scopesOf(options: CallOptions, name: string): CallScopes {
  const { scope, signal, timeoutMs, onCancel } = options;
  if (timeoutMs === undefined && onCancel !== "shield") {
    const given =
      signal === undefined ? methodScope(scope) : parentOf(namedOrCurrent(scope), signal);
    return { scope: given, ownScope: null };
  }
  const parent = parentOf(namedOrCurrent(scope), signal);
  const ownScope = new PlainScope(parent, `call of ${name}`, false);
  ownScope._bound(undefined, timeoutMs);
  return { scope: ownScope, ownScope };
}
