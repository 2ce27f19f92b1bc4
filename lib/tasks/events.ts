import { channel } from "../host.ts";
import { link, Listener } from "../scope/branch.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { nodeOf } from "./begin.ts";
import { type Task, taskInside, type TaskStatus } from "./task.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";
import type { TaskNode } from "./task-node.ts";

/**
 * What is published on the diagnostics channel `skein:task:spawn`, at the call of `spawn`.
 *
 * @public
 */
export interface TaskEvent {
  /** The handle: the same object in every event of one task. */
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
export interface TaskCancelEvent extends TaskEvent {
  readonly reason: unknown;
}

/**
 * What is published on the diagnostics channel `skein:task:settle`, once the task has settled.
 *
 * @public
 */
export interface TaskSettleEvent extends TaskEvent {
  readonly status: TaskStatus;
  /** What it failed with, if it did. */
  readonly error?: unknown;
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
const spawns = /* @__PURE__ */ channel("skein:task:spawn");
const cancels = /* @__PURE__ */ channel("skein:task:cancel");
const settles = /* @__PURE__ */ channel("skein:task:settle");

export function announceOpen(group: TaskGroup): void {
  if (opens.hasSubscribers) {
    opens.publish({ name: group.name, scope: group } satisfies GroupEvent);
  }
}

export function announceSpawn(task: Task<unknown>): void {
  if (spawns.hasSubscribers) spawns.publish(eventOf(nodeOf(task)));
  if (cancels.hasSubscribers) {
    const node = nodeOf(task);
    link(new CancelWatch(node), node);
  }
}

export function announceSettled(task: TaskNode<unknown>): void {
  if (!settles.hasSubscribers) return;
  const { status } = task.handle;
  const event: TaskSettleEvent = { ...eventOf(task), status };
  settles.publish(
    status === "rejected" ? { ...event, error: taskInside.error(task.handle) } : event,
  );
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
