import { isolatesRequests } from "../host.ts";
import { link } from "./scope-child.ts";
import { Cancellation } from "./cancellation.ts";
import { Deadline } from "./deadline.ts";
import { ScopeExtras } from "./scope-extras.ts";
import { Flag, PlainScope, Scope } from "./scope.ts";

/**
 * Above every scope that hangs on none, so that whoever wants to see all that runs knows where to begin. It takes
 * no part in anything: nothing is ever in force in it, and for those who look for a living scope it has ended.
 */
export const rootScope: Scope = /* @__PURE__ */ makeRootScope();

/** With one of each object that a scope may have, so that their shapes are kept, as `keepShape` does. */
function makeRootScope(): Scope {
  const scope = new PlainScope(null, undefined, false);
  scope._flags |= Flag.ended;
  scope._extras = new ScopeExtras();
  scope._extras.deadline = new Deadline(scope, 0.5, 0.5);
  scope._own = new Cancellation(scope, "exit", undefined);
  return scope;
}

/** Puts a root where it can be found until it ends. Where a request may be gone before, nobody would take it out. */
export function attachRoot(root: Scope): void {
  if (!isolatesRequests) link(root, rootScope);
}
