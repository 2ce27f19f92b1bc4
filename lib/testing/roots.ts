import type { ScopeChild } from "../scope/scope-child.ts";
import { rootScope } from "../scope/root-scope.ts";
import { Scope } from "../scope/scope.ts";

/** The scopes and groups that hang below none at the moment. */
export function rootsNow(): ReadonlySet<ScopeChild> {
  const roots = new Set<ScopeChild>();
  for (let root = rootScope._first; root !== null; root = root._next) roots.add(root);
  return roots;
}

/** Cancels those that have come since. */
export function cancelRoots(before: ReadonlySet<ScopeChild>, reason: unknown): void {
  for (const root of rootsNow())
    if (root instanceof Scope && !before.has(root)) root.cancel(reason);
}
