import { SkeinError } from "../errors.ts";
import { type TaskTreeNode, taskTree } from "../observe/task-tree.ts";

/**
 * Throws if anything of skein still runs: a group, a task, a scope. For the end of a test. It counts the groups that
 * were opened and never joined, too; with `recordSpawnSites()` it tells where that was.
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
  const open = unjoined(tree.roots);
  const message = ["Expected nothing to run any more, but this does; await or cancel it:"];
  message.push(tree.toString());
  if (open > 0) {
    message.push(
      `${open === 1 ? "One group was" : `${open} groups were`} opened by \`openTaskGroup\` and not joined: end each by ` +
        "`await group.join()`, or by leaving the block of its `await using`",
    );
  }
  throw new SkeinError("ERR_SKEIN_TASKS_LEFT", message.join("\n"));
}

function unjoined(roots: readonly TaskTreeNode[]): number {
  let count = 0;
  const open = [...roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.joined === false) count++;
    open.push(...node.children);
  }
  return count;
}
