import { SkeinError } from "../errors.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import { Group } from "../tasks/group.ts";
import { main as mainIn, type MainOptions, type Program } from "../tasks/main.ts";
import { openTaskGroup as openIn, type OpenTaskGroup } from "../tasks/open-task-group.ts";
import { taskGroup as taskGroupIn } from "../tasks/run-group.ts";
import type {
  SpawnOptions,
  TaskFunction,
  TaskGroup,
  TaskGroupOptions,
} from "../tasks/task-group.ts";
import type { Task } from "../tasks/task.ts";
import { impliedScope, withImpliedScope } from "./current-scope.ts";

/**
 * Runs `body` with a task group below the current scope. In the body the group is the current scope, in each task the
 * task's own.
 *
 * **Cancellation:** everything in the group is cancelled and awaited; the promise rejects with the outer reason.
 *
 * @param body - called at once with the group
 * @param options - what bounds the group and decides its result; another `scope` to hang it below
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { sleep, spawn, taskGroup } from "skein/ambient";
 *
 * async function crawl(depth: number): Promise<void> {
 *   if (depth > 0) spawn(() => crawl(depth - 1));
 *   await sleep(1);
 *   console.log("depth", depth);
 * }
 * await taskGroup(() => crawl(1));
 * // prints: depth 1
 * // prints: depth 0
 * ```
 *
 * @public
 */
export const taskGroup: typeof taskGroupIn = (
  body: (group: TaskGroup) => unknown,
  options?: TaskGroupOptions,
): Promise<never> => taskGroupIn(body, withImpliedScope(options)) as Promise<never>;

/**
 * Opens a task group below the current scope, for `await using`. It does not become the current scope.
 *
 * **Cancellation:** as for {@link taskGroup}; `join()` rejects with the outer reason.
 *
 * @param options - what bounds the group, what failures do; another `scope` to hang it below
 * @returns the open group, to be closed by `await using` or by its methods
 * @throws TypeError or RangeError, synchronously, if an option is invalid
 *
 * @example
 * ```ts
 * import { openTaskGroup, sleep } from "skein/ambient";
 *
 * const group = openTaskGroup();
 * try {
 *   group.spawn(() => sleep(1));
 *   await group.join();
 * } finally {
 *   await group[Symbol.asyncDispose]();
 * }
 * ```
 *
 * @public
 */
export function openTaskGroup(options?: TaskGroupOptions): OpenTaskGroup {
  return openIn(withImpliedScope(options));
}

/**
 * Runs a program in a task group which is its current scope; see `main` of `skein`.
 *
 * @param body - called at once with the program's group
 * @param options - how it ends
 * @returns resolves when the group has ended, also after a failure; it never rejects
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { main, sleep, spawn } from "skein/ambient";
 *
 * await main(() => {
 *   spawn(async () => {
 *     await sleep(1);
 *     console.log("served");
 *   });
 * });
 * // prints: served
 * ```
 *
 * @public
 */
export function main(
  body: (group: TaskGroup, program: Program) => unknown,
  options?: MainOptions,
): Promise<void> {
  impliedScope();
  return mainIn(body, options);
}

/**
 * Starts a task in the current task group: the innermost one around the running code. A cancel scope between here
 * and the group does not reach the task, which may outlive it; for tasks that end with a scope, open a group there.
 *
 * @param fn - called later than the next line, with the task's own scope, which is the current one in it
 * @returns the handle of the task
 * @throws TypeError if `fn` is no function, `GroupEndedError` if the group has ended, `SkeinError` with the code
 *   `ERR_SKEIN_NO_GROUP` if there is none
 *
 * @example
 * ```ts
 * import { spawn, taskGroup } from "skein/ambient";
 *
 * const sum = await taskGroup(async () => {
 *   const one = spawn(() => 1);
 *   const two = spawn(() => 2);
 *   return (await one) + (await two);
 * });
 * console.log(sum);
 * // prints: 3
 * ```
 *
 * @public
 */
export function spawn<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T> {
  return currentGroup().spawn(fn, options);
}

function currentGroup(): Group {
  for (let scope: ParentScope | null = impliedScope(); scope !== null; scope = scope._parent) {
    if (scope instanceof Group) return scope;
  }
  throw new SkeinError(
    "ERR_SKEIN_NO_GROUP",
    "No task group is current here: call `spawn` from inside the body of `taskGroup` of skein/ambient, or from what that calls",
  );
}
