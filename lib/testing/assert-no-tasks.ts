import { SkeinError } from "../errors.ts";
import { taskTree } from "../observe/task-tree.ts";

/**
 * Throws if anything of skein still runs: a group, a task, a scope. For the end of a test.
 *
 * @throws SkeinError with the code `ERR_SKEIN_TASKS_LEFT` and the task tree in its message
 *
 * @example
 * ```ts
 * import { taskGroup } from "skein";
 * import { assertNoTasks } from "skein/testing";
 *
 * await taskGroup((group) => void group.spawn(() => {}));
 * assertNoTasks();
 * ```
 *
 * @public
 */
export function assertNoTasks(): void {
  const tree = taskTree();
  if (tree.roots.length === 0) return;
  throw new SkeinError(
    "ERR_SKEIN_TASKS_LEFT",
    `Expected nothing to run any more, but this does; await or cancel it:\n${tree.toString()}`,
  );
}
