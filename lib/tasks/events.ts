import { channel, operations } from "../host.ts";
import type { OperationStatus, OperationOutcome } from "../host/contract.ts";
import { link, Listener, type ParentScope } from "../scope/scope-child.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { now } from "../scope/timers.ts";
import type { Admission } from "./admission.ts";
import { nodeOf } from "./begin.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";
import type { TaskNode } from "./task-node.ts";

/**
 * What the tracing channel `skein:task` tells of a task: the same object from the call of `spawn`, which is its
 * `start`, until it has settled. Stores that are bound to its `start` are in force in the function.
 *
 * @public
 */
export interface TaskEvent extends OperationOutcome {
  /** The handle. */
  readonly task: Task<unknown>;
  readonly name: string;
  /** The name of its group. */
  readonly group: string;
  /** The task's own scope. */
  readonly scope: TaskScope;
}

/**
 * What is published on the diagnostics channel `skein:task:cancel`, when a cancellation takes force in a task that has
 * not settled.
 *
 * @public
 */
export interface TaskCancelEvent extends Omit<TaskEvent, keyof OperationOutcome> {
  readonly reason: unknown;
}

/**
 * What is published on the diagnostics channel `skein:group:open`, at the call of `openTaskGroup`.
 *
 * @public
 */
export interface GroupEvent {
  readonly name: string;
  /** The group. */
  readonly scope: TaskGroup;
}

const opens = /* @__PURE__ */ channel("skein:group:open");
const cancels = /* @__PURE__ */ channel("skein:task:cancel");
const tasks = /* @__PURE__ */ operations<TaskEvent>("skein:task", now);

export function announceOpen(group: TaskGroup): void {
  if (opens.hasSubscribers) {
    opens.publish({ name: group.name, scope: group } satisfies GroupEvent);
  }
}

export function announceSpawn(task: Task<unknown>): void {
  if (tasks.hasSubscribers) tasks.begin(task, eventOf(nodeOf(task)));
  if (cancels.hasSubscribers) {
    const node = nodeOf(task);
    link(new CancelWatch(node), node);
  }
}

/** Lets a task in, so that its function is called with the stores of those who trace it. */
export function admit(task: Task<unknown>, admission: Admission, group: ParentScope): void {
  if (tasks.areOpen) tasks.within(task, admission.enter.bind(admission, task, group));
  else admission.enter(task, group);
}

/** The same for several that are spawned together. */
export function admitAll(
  list: readonly Task<unknown>[],
  admission: Admission,
  group: ParentScope,
): void {
  if (!tasks.areOpen && admission.enterAll !== undefined) admission.enterAll(list);
  else for (const task of list) admit(task, admission, group);
}

export function announceSettled(task: Task<unknown>): void {
  if (tasks.areOpen) {
    tasks.settle(task, task.status as OperationStatus, taskInternals.content(task));
  }
}

function eventOf(task: TaskNode<unknown>): TaskEvent {
  return { task: task.handle, name: task.name, group: task.group.name, scope: task };
}

class CancelWatch extends Listener {
  readonly #task: TaskNode<unknown>;

  constructor(task: TaskNode<unknown>) {
    super();
    this.#task = task;
  }

  override _deliver(cancellation: Cancellation): void {
    cancels.publish({ ...eventOf(this.#task), reason: cancellation.reason });
  }
}
