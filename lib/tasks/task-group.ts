import type { CancelScope, ScopeOptions, ScopeLike } from "../scope/cancel-scope.ts";
import type { Limiter, LimitFunction } from "./limiter.ts";
import type { Joiner } from "./joiner.ts";
import type { Task } from "./task.ts";

/**
 * A scope that tasks live in. Whatever is spawned in it ends before it does.
 *
 * @public
 */
export interface TaskGroup extends CancelScope {
  /**
   * Starts a task. Its function is called on a later microtask, after the caller's next line, in the order of
   * spawning; what it throws is the task's failure and never thrown from here.
   *
   * In a cancelled group the function is not called and the handle is cancelled already.
   *
   * @param fn - called with the task's own scope
   * @throws TypeError if `fn` is no function, {@link GroupEndedError} if the group has ended
   */
  spawn<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T>;
  /**
   * Starts a service: a task that does not hold the group open. It is cancelled and awaited after the body and every
   * ordinary task are done; also on cancellation it is stopped last. Its failure fails the group. It takes no slot of
   * the group's `concurrency`.
   *
   * @param fn - called with the task's own scope
   * @throws TypeError if `fn` is no function, {@link GroupEndedError} if the group has ended
   */
  background<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T>;
  /**
   * Starts a task and waits until it calls `started(value)`; the task runs on in the group.
   *
   * A failure before that rejects this promise and does not fail the group; after it, it does.
   *
   * **Cancellation:** cancelling the scope it waits under cancels the task that has not started.
   *
   * @param fn - called with the task's own scope and with `started`
   * @param options - `scope` is what the caller waits under; the group by default
   * @returns the value that `started` was called with
   * @throws TypeError if `fn` is no function, {@link GroupEndedError} if the group has ended
   */
  start<V = void>(
    fn: (task: TaskScope, started: (value: V) => void) => unknown,
    options?: StartOptions,
  ): Promise<V>;
  /**
   * Registers cleanup. Deferred callbacks run after every task has settled, the last registered first, shielded from
   * cancellation and bounded to 30 seconds each; their errors count as failures of the group.
   *
   * @param fn - called with a shielded scope
   */
  defer(fn: (scope: CancelScope) => unknown): void;
  /**
   * Stops the rest without failing: the group's result is `value`.
   *
   * @returns `value`, for `return group.finish(value)`
   */
  finish<V>(value: V): V;
  /**
   * The tasks in the order in which they settle, from now on, until none is left. Leaving the loop cancels the
   * tasks that still run and waits for them.
   *
   * Each comes in a record, `{ task }`, for a loop would await a bare handle.
   *
   * **Cancellation:** the iterator's wait rejects with the group's reason.
   */
  completions(): AsyncIterableIterator<Completion>;
  /** The failures so far, in order of occurrence. */
  readonly failures: readonly unknown[];
}

/**
 * A task that has settled.
 *
 * @public
 */
export interface Completion {
  readonly task: Task<unknown>;
}

/**
 * What a task runs, or a combinator for each of its tasks: called with a scope of its own.
 *
 * @public
 */
export type TaskFunction<T> = (task: TaskScope) => T | PromiseLike<T>;

/**
 * A task's own scope.
 *
 * @public
 */
export interface TaskScope extends CancelScope {
  /** The group that the task lives in. */
  readonly group: TaskGroup;
}

/**
 * How a task is spawned.
 *
 * @public
 */
export interface SpawnOptions {
  /** For messages and the task tree; the function's name by default. */
  name?: string | undefined;
  /**
   * The task fails with a `DeadlineError` if it takes longer, counted from the call of its function, in milliseconds.
   */
  timeoutMs?: number | undefined;
  /** Calls the function also when the task is cancelled before: for a task that takes ownership of a resource. */
  start?: "always" | undefined;
}

/**
 * How a task is started.
 *
 * @public
 */
export interface StartOptions extends SpawnOptions {
  /** What the caller waits under. */
  scope?: ScopeLike | undefined;
}

/**
 * What bounds a group and decides its result.
 *
 * @public
 */
export interface TaskGroupOptions extends ScopeOptions {
  /**
   * How many tasks may run at once; the others wait their turn in the order of spawning. A number of 1 or more, or a
   * limiter shared with others. Unlimited by default.
   */
  concurrency?: number | Limiter | LimitFunction | undefined;
  /**
   * What the failure of a task does. `"failFast"` (default): cancels the rest. `"supervise"`: nothing, until the group
   * ends and reports those that nobody saw. A joiner decides itself.
   */
  policy?: "failFast" | "supervise" | Joiner | undefined;
  /**
   * What the group rejects with. `"first"` (default): the first failure itself; `failuresOf` gives all.
   * `"aggregate"`: always an `AggregateError`, for one failure too.
   */
  errors?: "first" | "aggregate" | undefined;
  /**
   * How long a cancelled task may take to end before it is reported on the diagnostics channel
   * `skein:task:straggler`, in milliseconds; 5,000 by default. It is awaited all the same.
   */
  stragglerMs?: number | undefined;
}
