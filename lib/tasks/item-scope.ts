import { TaskCancelledError } from "../errors.ts";
import { refuseGenerator } from "../scope/body.ts";
import { echoes } from "../scope/cancellation.ts";
import { allOf } from "../scope/failures.ts";
import { Scope } from "../scope/scope.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";

/** The scope of one item that a task works on. */
class ItemScope extends Scope implements TaskScope {
  readonly group: TaskGroup;

  constructor(task: Scope & TaskScope) {
    super(task, task.name, false);
    this.group = task.group;
  }
}

/**
 * Calls `fn` for one item in a scope of its own. An item that is cancelled on its own has no result, which is
 * a failure: there is a place in the results that it would leave empty.
 */
export async function withItem<T, R>(
  task: Scope & TaskScope,
  fn: (item: T, task: TaskScope, index: number) => R | PromiseLike<R>,
  item: T,
  index: number,
): Promise<R> {
  const scope = new ItemScope(task);
  try {
    const result = fn(item, scope, index);
    refuseGenerator(result, fn);
    return await result;
  } catch (error) {
    const own = scope._own;
    if (own === null || task._inForce !== null || !echoes(error, own)) throw error;
    throw own.kind === "deadline"
      ? own.reason
      : new TaskCancelledError(`Item ${index} was cancelled, so it has no result`, {
          cause: own.reason,
        });
  } finally {
    scope._end();
    // oxlint-disable-next-line no-unsafe-finally -- the error of a callback is a failure that nothing else reports
    if (scope._mishaps !== null) throw allOf(...scope._mishaps);
  }
}
