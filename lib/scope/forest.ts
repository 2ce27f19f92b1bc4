import { isolatesRequests } from "../host.ts";
import { link } from "./branch.ts";
import { Cancellation } from "./cancellation.ts";
import { Deadline } from "./deadline.ts";
import { Rare } from "./rare.ts";
import { Flag, Scope } from "./scope.ts";
import { keepShape } from "./shapes.ts";

/**
 * Above every scope that hangs on none, so that whoever wants to see all that runs knows where to begin. It takes
 * no part in anything: nothing is ever in force in it, and for those who look for a living scope it has ended.
 */
export const forest: Scope = new Scope(null, undefined, false);
forest._flags |= Flag.ended;

/** Puts a root where it can be found until it ends. Where a request may be gone before, nobody would take it out. */
export function plant(root: Scope): void {
  if (!isolatesRequests) link(root, forest);
}

keepShape(new Rare());
keepShape(new Deadline(forest, 0.5, 0.5));
keepShape(new Cancellation(forest, "exit", undefined));
