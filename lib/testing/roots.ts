import type { Branch } from "../scope/branch.ts";
import { forest } from "../scope/forest.ts";
import { Scope } from "../scope/scope.ts";

/** The scopes and groups that hang below none at the moment. */
export function rootsNow(): ReadonlySet<Branch> {
  const roots = new Set<Branch>();
  for (let root = forest._first; root !== null; root = root._next) roots.add(root);
  return roots;
}

/** Cancels those that have come since. */
export function cancelRoots(before: ReadonlySet<Branch>, reason: unknown): void {
  for (const root of rootsNow())
    if (root instanceof Scope && !before.has(root)) root.cancel(reason);
}
