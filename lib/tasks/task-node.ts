import { ambience } from "../scope/ambience.ts";
import { refuseGenerator } from "../scope/body.ts";
import type { ParentScope, ScopeChild } from "../scope/scope-child.ts";
import type { Timer } from "../scope/timers.ts";
import type { Cancellation, CancelSource } from "../scope/cancellation.ts";
import { allOf } from "../scope/failures.ts";
import { runOrder } from "../scope/run-order.ts";
import { ScopeExtras } from "../scope/scope-extras.ts";
import { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { deadlockIn } from "./deadlock.ts";
import {
  type OwnNode,
  describeTask,
  type TaskOwner,
  Status,
  type Task,
  taskInternals,
} from "./task.ts";
import type { SpawnOptions, TaskFunction, TaskGroup, TaskScope } from "./task-group.ts";

/** What a task needs of its group. */
export interface Host extends TaskGroup, ParentScope, TaskOwner {
  _settled(task: TaskNode<unknown>): void;
}

/** Bits of a task's scope, above those of other scopes. */
const TaskFlag = {
  background: 4,
  startAlways: 8,
  /** Somebody has the promise of its result. */
  awaited: 16,
} as const;

/**
 * A task's scope, and what becomes of the task. It is made when the function is about to be called, or earlier when
 * somebody asks, and let go once the task has settled; the handle is what stays. The two are separate objects, for a
 * scope must not be thenable.
 */
export class TaskNode<T> extends Scope implements TaskScope, OwnNode {
  _parent: ParentScope | null = null;
  _prev: ScopeChild | null = null;
  _next: ScopeChild | null = null;
  _first: ScopeChild | null = null;
  _own: Cancellation | null = null;
  _inForce: Cancellation | null = null;
  _limit: Timer | null = null;
  _flags: number;
  _extras: ScopeExtras | null = null;
  readonly handle: Task<T>;
  /** Of the result: there while its function runs, and before if somebody asks. */
  #result: Promise<T> | Wait<T> | null = null;

  /** Services hang below a scope of their own, which hangs below the group. */
  constructor(parent: ParentScope, task: Task<T>, background: boolean) {
    super();
    this.handle = task;
    this._flags = background ? TaskFlag.background : 0;
    this._enter(parent);
  }

  override get name(): string {
    return this.handle.name;
  }

  get group(): Host {
    return (this._background ? this._parent!._parent : this._parent) as Host;
  }

  get _background(): boolean {
    return (this._flags & TaskFlag.background) !== 0;
  }

  get _startsAlways(): boolean {
    return (this._flags & TaskFlag.startAlways) !== 0;
  }

  /** How it is to be run; not called for what is as usual. */
  _configure(options: SpawnOptions): void {
    if (options.start === "always") this._flags |= TaskFlag.startAlways;
    if (options.timeoutMs !== undefined)
      (this._extras ??= new ScopeExtras()).timeoutMs = options.timeoutMs;
  }

  get _pending(): boolean {
    return taskInternals.isPending(this.handle);
  }

  /**
   * The cancellation that keeps the function from being called. That of the group counts for a service too, which is
   * shielded from it as long as ordinary tasks run.
   */
  get _barrier(): Cancellation | null {
    if (this._startsAlways) return null;
    if (this.cancelled) return this._inForce;
    return this._background && this.group.cancelled ? this.group._inForce : null;
  }

  /** Calls the task's function, unless the task was cancelled before. */
  _begin(): void {
    if (!this._pending) return;
    const timeoutMs = this._extras?.timeoutMs;
    if (timeoutMs !== undefined) this._bound(undefined, timeoutMs);
    const barrier = this._barrier;
    if (barrier !== null) {
      this._interrupted(barrier);
      return;
    }
    const fn = taskInternals.run(this.handle) as TaskFunction<T>;
    let result: T | PromiseLike<T>;
    try {
      result = ambience === null ? fn(this) : ambience.run(this, fn);
      if (result !== null && (typeof result === "object" || typeof result === "function")) {
        if (!(result instanceof Promise)) {
          refuseGenerator(result, fn);
          refuseOwnEnd(this, result);
        }
        // Bound functions: half the size of closures.
        const outcome = Promise.resolve(result).then(
          this.#returned.bind(this),
          this.#threw.bind(this),
        );
        if (runOrder === null) this.#result ??= outcome;
        return;
      }
    } catch (error) {
      this._failed(error);
      return;
    }
    this._fulfilled(result);
  }

  #returned(value: T): T {
    this._fulfilled(value);
    return this.#outcome();
  }

  #threw(error: unknown): T {
    this._failed(error);
    return this.#outcome();
  }

  /** What the promise of the result settles with; if nobody has it, nothing, for it must not reject. */
  #outcome(): T {
    if ((this._flags & TaskFlag.awaited) === 0) return undefined as T;
    const task = this.handle;
    if (task.status !== "fulfilled") throw taskInternals.error(task);
    return taskInternals.content(task) as T;
  }

  _fulfilled(value: T): void {
    if (this._callbackErrors !== null) this._reject(allOf(this._callbackErrors));
    else this.#settle(Status.fulfilled, value, false);
  }

  _failed(error: unknown): void {
    const cancellation = this._echoed(error);
    if (cancellation !== null) this._interrupted(cancellation);
    else
      this._reject(this._callbackErrors === null ? error : allOf([error, ...this._callbackErrors]));
  }

  /**
   * Cancelled from outside as well: that outranks. Else, running out of its own time is a failure; every other
   * cancellation is none.
   */
  _interrupted(inForce: Cancellation): void {
    const cancellation = this._outside() ?? inForce;
    const alone = cancellation.source === this;
    if (this._callbackErrors !== null) this._reject(allOf(this._callbackErrors));
    else if (alone && cancellation.kind === "deadline") this._reject(cancellation.reason);
    else this.#settle(Status.cancelled, cancellation, alone);
  }

  _reject(error: unknown): void {
    this.#settle(Status.rejected, error, false);
  }

  #settle(status: number, content: unknown, alone: boolean): void {
    if (this._ended) return;
    taskInternals.settle(this.handle, status, content, alone);
    this._end();
    this.group._settled(this);
    this._afterSettled();
  }

  /** Tells those who wait, after the group has drawn its conclusions. */
  _afterSettled(): void {
    const waiting = this.#result;
    if (!(waiting instanceof Wait)) return;
    this.#result = null;
    const task = this.handle;
    if (task.status === "fulfilled") waiting.grant(taskInternals.content(task) as T);
    else waiting.fail(taskInternals.error(task));
  }

  /** Whether a failure of this task is one of its group. */
  get _failsGroup(): boolean {
    return true;
  }

  _promise(): Promise<T> {
    const result = (this.#result ??= new Wait<T>(null));
    if (result instanceof Wait) return result.promise;
    this._flags |= TaskFlag.awaited;
    return result;
  }

  _untilSettled(): Promise<void> {
    return this._promise().then(ignore, ignore);
  }

  /** A service that waited for an ordinary task hears of the group's cancellation through that, shielded as it is. */
  override _echoed(error: unknown): Cancellation | null {
    return super._echoed(error) ?? (this._background ? this.group._echoed(error) : null);
  }

  override _belongsTo(source: CancelSource): boolean {
    return source === this.group || super._belongsTo(source);
  }

  override _describe(): string {
    return describeTask(this.name);
  }
}

/** A task that returns its own handle, or that of a task it runs in, would wait for itself. */
function refuseOwnEnd(task: TaskNode<unknown>, result: object): void {
  const awaited = taskInternals.is(result) ? taskInternals.node(result) : null;
  const deadlock = awaited === null ? null : deadlockIn(task, awaited);
  if (deadlock !== null) throw deadlock;
}

function ignore(): void {}
