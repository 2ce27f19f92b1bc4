import { DeadlockError } from "../errors.ts";
import { setImmediate } from "../host.ts";
import { taskTree } from "../observe/task-tree.ts";
import type { ScopeChild } from "../scope/scope-child.ts";
import { begunSoFar, canHearMore, isActive } from "./activity.ts";
import { cancelRoots } from "./roots.ts";

/** Kept, for a test may put another in its place. */
const hostTimeout = setTimeout;

/**
 * Whether nothing can happen any more, when everything is idle and no timer is due ever. What is under way or is
 * listened for keeps the event loop alive, and is waited for.
 */
export async function isStuck(graceMs: number): Promise<boolean> {
  if (canHearMore()) return false;
  if (graceMs === 0) return true;
  return await new Promise((resolve) => {
    // The wait for this promise begins something, too.
    setImmediate(() => {
      let begun = 0;
      const look = (): void => {
        const wasStill = begun === begunSoFar();
        // As long as it is called, the timer itself counts as pending.
        setImmediate(() => resolve(wasStill && !isActive() && !canHearMore()));
      };
      hostTimeout(look, graceMs);
      begun = begunSoFar();
    });
  });
}

/** Tells who waits for what, and cancels all that came after `before`, so that nothing is left. */
export function breakDeadlock(before: ReadonlySet<ScopeChild>): DeadlockError {
  const error = new DeadlockError(
    `Everything waits for ever: no timer will be due, and nothing is under way that could end a wait.\n${taskTree().toString()}\n` +
      "(Waits that name no scope, and promises of others, have no place in the tree.)",
  );
  cancelRoots(before, error);
  return error;
}
