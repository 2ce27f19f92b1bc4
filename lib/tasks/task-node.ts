import { NotSettledError, TaskCancelledError } from "../errors.ts";
import { ambience } from "../scope/ambience.ts";
import { refuseGenerator } from "../scope/body.ts";
import type { Trunk } from "../scope/branch.ts";
import type { Cancellation, Source } from "../scope/cancellation.ts";
import { allOf } from "../scope/failures.ts";
import { Rare } from "../scope/rare.ts";
import { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { deadlockIn } from "./deadlock.ts";
import { makeTask, type Task, type TaskState, taskStateOf, type TaskStatus } from "./task.ts";
import type { SpawnOptions, TaskGroup, TaskScope } from "./task-group.ts";

/** What a task needs of its group. */
export interface Host extends TaskGroup, Trunk {
  _settled(task: TaskNode<unknown>): void;
}

export type TaskFunction<T> = (task: TaskScope) => T | PromiseLike<T>;

/** Bits of a task's state, above those of its scope. */
const TaskFlag = { background: 4, observed: 8, startAlways: 16 } as const;

/** Where in its life a task is, in the bits above. */
const STATUS_SHIFT = 5;
const STATUS_MASK = 7 << STATUS_SHIFT;
const STATUSES: readonly TaskStatus[] = [
  "pending",
  "running",
  "fulfilled",
  "rejected",
  "cancelled",
];
const PENDING = 0 << STATUS_SHIFT;
const RUNNING = 1 << STATUS_SHIFT;
const FULFILLED = 2 << STATUS_SHIFT;
const REJECTED = 3 << STATUS_SHIFT;
const CANCELLED = 4 << STATUS_SHIFT;

/** One error for each task that was cancelled on its own, made when somebody asks. */
const cancelledErrors = new WeakMap<Cancellation, TaskCancelledError>();

/**
 * A task: its scope, and what becomes of it. The handle is a thin object of its own, for a scope must not be
 * thenable. There may be very many of these, so they are as small as they can be made.
 */
export class TaskNode<T> extends Scope implements TaskScope, TaskState<T> {
  /** By status: the function to call, nothing, the value, the error, the cancellation. */
  #content: unknown;
  #handle: Task<T> | null = null;
  #waiting: Wait<T> | null = null;

  constructor(
    parent: Trunk,
    fn: TaskFunction<T>,
    background: boolean,
    options: SpawnOptions | undefined,
  ) {
    super(parent, options?.name ?? fn.name, false);
    this.#content = fn;
    if (background) this._flags |= TaskFlag.background;
    if (options === undefined) return;
    if (options.start === "always") this._flags |= TaskFlag.startAlways;
    if (options.timeoutMs !== undefined) (this._rare ??= new Rare()).timeoutMs = options.timeoutMs;
  }

  /** Services hang below a scope of their own, which hangs below the group. */
  get group(): Host {
    return (this._background ? this._parent!._parent : this._parent) as Host;
  }

  get handle(): Task<T> {
    return (this.#handle ??= makeTask(this));
  }

  get _background(): boolean {
    return (this._flags & TaskFlag.background) !== 0;
  }

  /** Somebody has asked for the result, and so for the failure. */
  get _observed(): boolean {
    return (this._flags & TaskFlag.observed) !== 0;
  }

  get _startsAlways(): boolean {
    return (this._flags & TaskFlag.startAlways) !== 0;
  }

  get _status(): TaskStatus {
    return STATUSES[(this._flags & STATUS_MASK) >> STATUS_SHIFT]!;
  }

  get _pending(): boolean {
    return (this._flags & STATUS_MASK) === PENDING;
  }

  get _unsettled(): boolean {
    return (this._flags & STATUS_MASK) <= RUNNING;
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
    const timeoutMs = this._rare?.timeoutMs;
    if (timeoutMs !== undefined) this._bound(undefined, timeoutMs);
    const barrier = this._barrier;
    if (barrier !== null) {
      this._interrupted(barrier);
      return;
    }
    this._flags |= RUNNING;
    const fn = this.#content as TaskFunction<T>;
    this.#content = undefined;
    let result: T | PromiseLike<T>;
    try {
      result = ambience === null ? fn(this) : ambience.run(this, fn);
      refuseGenerator(result, fn);
      if (typeof result === "object" && result !== null) refuseOwnEnd(this, result);
    } catch (error) {
      this._failed(error);
      return;
    }
    if (result !== null && (typeof result === "object" || typeof result === "function")) {
      // Bound functions: half the size of closures.
      Promise.resolve(result).then(this._fulfilled.bind(this), this._failed.bind(this));
    } else {
      this._fulfilled(result);
    }
  }

  _fulfilled(value: T): void {
    if (this._mishaps !== null) this._reject(allOf(...this._mishaps));
    else this.#settle(FULFILLED, value);
  }

  _failed(error: unknown): void {
    const cancellation = this._echoed(error);
    if (cancellation !== null) this._interrupted(cancellation);
    else this._reject(this._mishaps === null ? error : allOf(error, ...this._mishaps));
  }

  /**
   * Cancelled from outside as well: that outranks. Else, running out of its own time is a failure; every other
   * cancellation is none.
   */
  _interrupted(inForce: Cancellation): void {
    const cancellation = this._outside() ?? inForce;
    if (this._mishaps !== null) this._reject(allOf(...this._mishaps));
    else if (cancellation.kind === "deadline" && cancellation.source === this)
      this._reject(cancellation.reason);
    else this.#settle(CANCELLED, cancellation);
  }

  _reject(error: unknown): void {
    this.#settle(REJECTED, error);
  }

  #settle(status: number, content: unknown): void {
    this._flags = (this._flags & ~STATUS_MASK) | status;
    this.#content = content;
    this._end();
    this.group._settled(this);
    this._afterSettled();
  }

  /** Tells those who wait, after the group has drawn its conclusions. */
  _afterSettled(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    if (this._status === "fulfilled") waiting.grant(this.#content as T);
    else waiting.fail(this._error());
  }

  /** Whether a failure of this task is one of its group. */
  get _failsGroup(): boolean {
    return true;
  }

  /** Invariant: the task was cancelled. */
  get _cancellation(): Cancellation {
    return this.#content as Cancellation;
  }

  /** Whether the task was stopped by what happened to its group, not to it alone. */
  get _stoppedWithGroup(): boolean {
    return this._status === "cancelled" && this._cancellation.source !== this;
  }

  /** What awaiting the task rejects with. If the group is cancelled too, that outranks the task's own cancellation. */
  _error(): unknown {
    if (this._status === "rejected") return this.#content;
    const cancellation = this._cancellation;
    if (cancellation.source !== this) return cancellation.reason;
    if (this.group._inForce !== null) return this.group._inForce.reason;
    let error = cancelledErrors.get(cancellation);
    if (error === undefined) {
      error = new TaskCancelledError(`${this._describe()} was cancelled`, {
        cause: cancellation.reason,
      });
      cancelledErrors.set(cancellation, error);
    }
    return error;
  }

  _promise(): Promise<T> {
    this._flags |= TaskFlag.observed;
    switch (this._status) {
      case "fulfilled":
        return Promise.resolve(this.#content as T);
      case "rejected":
      case "cancelled":
        return Promise.reject(this._error());
      default:
        return (this.#waiting ??= new Wait<T>(null)).promise;
    }
  }

  _untilSettled(): Promise<void> {
    if (!this._unsettled) return Promise.resolve();
    return (this.#waiting ??= new Wait<T>(null)).promise.then(ignore, ignore);
  }

  _result(): T {
    switch (this._status) {
      case "fulfilled":
        return this.#content as T;
      case "rejected":
      case "cancelled":
        this._flags |= TaskFlag.observed;
        throw this._error();
      default:
        throw new NotSettledError(
          `${this._describe()} is still ${this._status}: await it, or \`settled()\`, before asking for its result`,
        );
    }
  }

  /** A service that waited for an ordinary task hears of the group's cancellation through that, shielded as it is. */
  override _echoed(error: unknown): Cancellation | null {
    return super._echoed(error) ?? (this._background ? this.group._echoed(error) : null);
  }

  override _belongsTo(source: Source): boolean {
    return source === this.group || super._belongsTo(source);
  }

  override _describe(): string {
    return this._name === undefined || this._name === "" ? "A task" : `Task "${this._name}"`;
  }
}

/** A task that returns its own handle, or that of a task it runs in, would wait for itself. */
function refuseOwnEnd(task: TaskNode<unknown>, result: object): void {
  const awaited = taskStateOf(result);
  const deadlock = awaited === undefined ? null : deadlockIn(task, awaited);
  if (deadlock !== null) throw deadlock;
}

function ignore(): void {}
