import { ambience } from "../scope/ambience.ts";
import { deadlockOf, isAwait } from "./deadlock.ts";

/**
 * Where a task is in its life. `"pending"`: its function has not been called yet.
 *
 * @public
 */
export type TaskStatus = "pending" | "running" | "fulfilled" | "rejected" | "cancelled";

/** What a handle asks of the task behind it. */
export interface TaskState<T> {
  readonly name: string;
  readonly _status: TaskStatus;
  cancel(reason?: unknown): void;
  /** A promise of the result. Whoever asks for it has seen the failure. */
  _promise(): Promise<T>;
  _untilSettled(): Promise<void>;
  _result(): T;
}

let make: <T>(state: TaskState<T>) => Task<T>;
let stateOf: (value: object) => TaskState<unknown> | undefined;

/**
 * The handle of a task. It can be awaited like a promise and never causes an unhandled rejection itself: a failure
 * surfaces through the task's group whether or not anybody awaits the handle. It stays readable after the group has
 * ended.
 *
 * Awaiting it gives the task's value, or rejects with the task's error; with a {@link TaskCancelledError} if the task
 * was cancelled on its own; and with the group's reason if the whole group was cancelled.
 *
 * @public
 */
export class Task<T> implements Promise<T>, AsyncDisposable {
  readonly #state: TaskState<T>;

  private constructor(state: TaskState<T>) {
    this.#state = state;
  }

  static {
    make = (state) => new Task(state);
    stateOf = (value) => (#state in value ? (value as Task<unknown>).#state : undefined);
  }

  /** The name it was given, or else that of its function. */
  get name(): string {
    return this.#state.name;
  }

  get status(): TaskStatus {
    return this.#state._status;
  }

  /**
   * Cancels this task alone. Its group and its siblings go on.
   *
   * @param reason - what the task's waits reject with; without one, a `CancelledError`
   */
  cancel(reason?: unknown): void {
    this.#state.cancel(reason);
  }

  /** Resolves when the task has settled, in whatever way. It never rejects. */
  settled(): Promise<void> {
    return this.#state._untilSettled();
  }

  /**
   * The task's value, without waiting.
   *
   * @throws NotSettledError while the task is pending or running; afterwards whatever awaiting it rejects with
   */
  result(): T {
    return this.#state._result();
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what a handle is for
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (ambience !== null && isAwait(onFulfilled)) {
      const deadlock = deadlockOf(this.#state);
      if (deadlock !== null) return Promise.reject(deadlock).then(onFulfilled, onRejected);
    }
    return this.#state._promise().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#state._promise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#state._promise().finally(onFinally);
  }

  /** Cancels the task and waits until it has settled. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#state.cancel();
    const deadlock = deadlockOf(this.#state);
    if (deadlock !== null) return Promise.reject(deadlock);
    return this.#state._untilSettled();
  }

  get [Symbol.toStringTag](): string {
    return "Task";
  }
}

export { make as makeTask, stateOf as taskStateOf };
