import { NotSettledError, TaskCancelledError } from "../errors.ts";
import { ambience } from "../scope/ambience.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { deadlockOf, isAwait } from "./deadlock.ts";

/**
 * Where a task is in its life. `"pending"`: its function has not been called yet.
 *
 * @public
 */
export type TaskStatus = "pending" | "running" | "fulfilled" | "rejected" | "cancelled";

/** The group of a task, as its handle knows it. */
export interface TaskOwner {
  _inForce: Cancellation | null;
  /** Makes the scope of a task that has none yet. */
  _makeNode(task: Task<unknown>): OwnNode;
}

/** The scope that a task has from the call of its function, or from when somebody asks before, until it has settled. */
export interface OwnNode {
  readonly group: TaskOwner;
  cancel(reason?: unknown): void;
  /** A promise of the result. */
  _promise(): Promise<unknown>;
  _untilSettled(): Promise<void>;
}

/** The status of a task, as the lowest bits of its state. */
export const Status = { pending: 0, running: 1, fulfilled: 2, rejected: 3, cancelled: 4 } as const;
const STATUS = 7;
const STATUSES: readonly TaskStatus[] = [
  "pending",
  "running",
  "fulfilled",
  "rejected",
  "cancelled",
];
/** Somebody has asked for the result, and so for the failure. */
const OBSERVED = 8;
/** It has a scope. */
const HAS_NODE = 16;
/** It was cancelled on its own, not with its group. */
const ALONE = 32;
/** It stands in its group's line. */
const QUEUED = 64;
/** It has one of its group's places for those that run, and must give it back. */
const ADMITTED = 128;

/** One error for each task that was cancelled on its own, made when somebody asks. */
const cancelledErrors = new WeakMap<Cancellation, TaskCancelledError>();

/** What the rest of the library does with a handle, and nobody else. */
interface TaskInternals {
  make<T>(group: TaskOwner, fn: unknown, name: string): Task<T>;
  is(value: object): value is Task<unknown>;
  node(task: Task<unknown>): OwnNode | null;
  /** Gives it a scope if it has none; invariant: it has not settled. */
  ensureNode(task: Task<unknown>): OwnNode;
  attachNode(task: Task<unknown>, node: OwnNode): void;
  /** From now on it runs; gives the function to call. */
  run(task: Task<unknown>): unknown;
  /** @param alone - it was cancelled on its own, not with its group */
  settle(task: Task<unknown>, status: number, content: unknown, alone: boolean): void;
  isPending(task: Task<unknown>): boolean;
  queue(task: Task<unknown>, queued: boolean): void;
  isQueued(task: Task<unknown>): boolean;
  admit(task: Task<unknown>): void;
  isAdmitted(task: Task<unknown>): boolean;
  isObserved(task: Task<unknown>): boolean;
  stoppedWithGroup(task: Task<unknown>): boolean;
  failed(task: Task<unknown>): boolean;
  /** What awaiting it rejects with; it did not fulfil. */
  error(task: Task<unknown>): unknown;
  /** What it has settled with: the value, the error, or the {@link Cancellation} that ended it. */
  content(task: Task<unknown>): unknown;
}

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
  /** Its scope while it has one, else its group. */
  #owner: TaskOwner | OwnNode;
  /** By status: the function to call, nothing, the value, the error, the cancellation. */
  #content: unknown;
  #state: number = Status.pending;
  readonly #name: string;

  private constructor(group: TaskOwner, fn: unknown, name: string) {
    this.#owner = group;
    this.#content = fn;
    this.#name = name;
  }

  /** A method, for a bundler keeps a class with a static block whether or not it is used. */
  private static internals(): TaskInternals {
    return {
      make: (group, fn, name) => new Task(group, fn, name),
      is: (value) => #state in value,
      node: (task) => task.#node,
      ensureNode: (task) => task.#ensureNode(),
      attachNode: (task, node) => task.#enter(node),
      run(task) {
        const fn = task.#content;
        task.#content = undefined;
        task.#state |= Status.running;
        return fn;
      },
      settle(task, status, content, alone) {
        const group = (task.#owner as OwnNode).group;
        task.#state = (task.#state & (OBSERVED | ADMITTED)) | status | (alone ? ALONE : 0);
        task.#content = content;
        task.#owner = group;
      },
      isPending: (task) => (task.#state & STATUS) === Status.pending,
      queue(task, queued) {
        task.#state = queued ? task.#state | QUEUED : task.#state & ~QUEUED;
      },
      isQueued: (task) => (task.#state & QUEUED) !== 0,
      admit: (task) => void (task.#state |= ADMITTED),
      isAdmitted: (task) => (task.#state & ADMITTED) !== 0,
      isObserved: (task) => (task.#state & OBSERVED) !== 0,
      stoppedWithGroup: (task) => (task.#state & (STATUS | ALONE)) === Status.cancelled,
      failed: (task) => (task.#state & STATUS) === Status.rejected,
      error: (task) => task.#error(),
      content: (task) => task.#content,
    };
  }

  /** The name it was given, or else that of its function. */
  get name(): string {
    return this.#name;
  }

  get status(): TaskStatus {
    return STATUSES[this.#state & STATUS]!;
  }

  /**
   * Cancels this task alone. Its group and its siblings go on.
   *
   * @param reason - what the task's waits reject with; without one, a `CancelledError`
   */
  cancel(reason?: unknown): void {
    if (!this.#settled) this.#ensureNode().cancel(reason);
  }

  /** Resolves when the task has settled, in whatever way. It never rejects. */
  settled(): Promise<void> {
    return this.#settled ? Promise.resolve() : this.#ensureNode()._untilSettled();
  }

  /**
   * The task's value, without waiting.
   *
   * @throws NotSettledError while the task is pending or running; afterwards whatever awaiting it rejects with
   */
  result(): T {
    switch (this.#state & STATUS) {
      case Status.fulfilled:
        return this.#content as T;
      case Status.rejected:
      case Status.cancelled:
        this.#state |= OBSERVED;
        throw this.#error();
      default:
        throw new NotSettledError(
          `${describeTask(this.#name)} is still ${this.status}: await it, or \`settled()\`, before asking for its result`,
        );
    }
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what a handle is for
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (ambience !== null && isAwait(onFulfilled)) {
      const deadlock = this.#deadlock();
      if (deadlock !== null) return Promise.reject(deadlock).then(onFulfilled, onRejected);
    }
    return this.#promise().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#promise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#promise().finally(onFinally);
  }

  /** Cancels the task and waits until it has settled. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    const deadlock = this.#deadlock();
    return deadlock === null ? this.settled() : Promise.reject(deadlock);
  }

  get [Symbol.toStringTag](): string {
    return "Task";
  }

  get #settled(): boolean {
    return (this.#state & STATUS) > Status.running;
  }

  get #node(): OwnNode | null {
    return (this.#state & HAS_NODE) === 0 ? null : (this.#owner as OwnNode);
  }

  #ensureNode(): OwnNode {
    if ((this.#state & HAS_NODE) === 0) this.#enter((this.#owner as TaskOwner)._makeNode(this));
    return this.#owner as OwnNode;
  }

  #enter(node: OwnNode): void {
    this.#owner = node;
    this.#state |= HAS_NODE;
  }

  #promise(): Promise<T> {
    this.#state |= OBSERVED;
    switch (this.#state & STATUS) {
      case Status.fulfilled:
        return inRunOrder(null, Promise.resolve(this.#content as T));
      case Status.rejected:
      case Status.cancelled:
        return Promise.reject(this.#error());
      default:
        return this.#ensureNode()._promise() as Promise<T>;
    }
  }

  /** What awaiting it rejects with. If the group is cancelled too, that outranks the task's own cancellation. */
  #error(): unknown {
    if ((this.#state & STATUS) === Status.rejected) return this.#content;
    const cancellation = this.#content as Cancellation;
    if ((this.#state & ALONE) === 0) return cancellation.reason;
    const { _inForce } = this.#owner as TaskOwner;
    if (_inForce !== null) return _inForce.reason;
    let error = cancelledErrors.get(cancellation);
    if (error === undefined) {
      error = new TaskCancelledError(`${describeTask(this.#name)} was cancelled`, {
        cause: cancellation.reason,
      });
      cancelledErrors.set(cancellation, error);
    }
    return error;
  }

  /** A task without a scope runs nothing that could wait for it. */
  #deadlock(): Error | null {
    const node = this.#node;
    return node === null ? null : deadlockOf(node);
  }
}

export function describeTask(name: string): string {
  return name === "" ? "A task" : `Task "${name}"`;
}

export const taskInternals: TaskInternals = /* @__PURE__ */ Task["internals"]();
