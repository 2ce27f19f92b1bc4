import type { Task } from "./task.ts";

/**
 * A policy of your own: it is told of every task, may stop the group, and makes its result. The failures of the
 * tasks are the joiner's business; only its own hooks, the body and the deferred callbacks can fail the group.
 *
 * The source of the idea is `StructuredTaskScope.Joiner` of Java.
 *
 * @public
 */
export interface Joiner<R = unknown> {
  /** A task was spawned. */
  onSpawn?(task: Task<unknown>): void;
  /** A task has settled. Returning `true` stops the group: the rest is cancelled and awaited. */
  onSettle?(task: Task<unknown>): boolean | void;
  /** The group's own deadline ended it, and everything has settled: what to give instead of a `DeadlineError`. */
  onDeadline?(): R;
  /** Everything has settled: the group's result, in place of the body's. */
  result?(): R;
}
