import { type ScopeChild, type ParentScope, unlink } from "./scope-child.ts";
import type { Cancellation } from "./cancellation.ts";

/**
 * Brings the tree below `top` in line with what is in force above it and in it. Two phases, neither of them
 * recursive: first the whole subtree is marked and every wait in it leaves its queue, then whoever wants to
 * know is told. Code that runs in the second phase finds the tree already as it will stay.
 */
export function propagate(top: ParentScope): void {
  if (!mark(top)) return;
  const marked: ParentScope[] = [top];
  const told: ScopeChild[] = [];
  const events: Cancellation[] = [];
  for (let i = 0; i < marked.length; i++) {
    const scope = marked[i]!;
    const cancellation = scope._inForce;
    if (cancellation !== null && scope._controller !== null) {
      told.push(scope);
      events.push(cancellation);
    }
    for (let child = scope._first, next: ScopeChild | null; child !== null; child = next) {
      next = child._next;
      const below = child._asParent();
      if (below !== null) {
        if (mark(below)) marked.push(below);
      } else if (cancellation !== null) {
        unlink(child);
        child._withdraw();
        told.push(child);
        events.push(cancellation);
      }
    }
  }
  for (let i = 0; i < told.length; i++) told[i]!._deliver(events[i]!);
}

/** Settles what is in force in `scope`, given what is in force above it; says whether that changed. */
function mark(scope: ParentScope): boolean {
  const before = scope._inForce;
  const outside = scope._outside();
  if (before !== null && (before === scope._own || before === outside)) return false;
  const after = scope._own ?? outside;
  if (after === before) return false;
  scope._inForce = after;
  if (before !== null) scope._forgetSignal();
  return true;
}
