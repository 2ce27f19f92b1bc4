import { GroupEndedError } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import type { Trunk } from "../scope/branch.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { checkDuration } from "../scope/durations.ts";
import { Failures, failuresSince, rejectionsSoFar } from "../scope/failures.ts";
import { Scope } from "../scope/scope.ts";
import { type Admission, unlimited } from "./admission.ts";
import { nodeOf, plantPending } from "./begin.ts";
import { Completions } from "./completions.ts";
import { deferred, runDeferred } from "./deferred.ts";
import { announceSettled, announceSpawn } from "./events.ts";
import type { Joiner } from "./joiner.ts";
import { Services } from "./services.ts";
import { Starting } from "./starting.ts";
import { watchStraggler } from "./stragglers.ts";
import { type Body as TaskBody, describeTask, type Task, taskInside } from "./task.ts";
import type {
  Completion,
  SpawnOptions,
  StartOptions,
  TaskGroup,
  TaskGroupOptions,
  TaskScope,
} from "./task-group.ts";
import { type Host, type TaskFunction, TaskNode } from "./task-node.ts";

/** How long after its cancellation a task that still runs is reported. */
const STRAGGLER_MS = 5_000;

/** A failure with all that it carried when it occurred, and the task that it came out of, if it was one. */
interface Trouble {
  readonly errors: readonly unknown[];
  readonly task: Task<unknown> | null;
}

/** What the body of a group came to. */
type Body = "running" | "done" | "failed" | "interrupted";

/**
 * The implementation of `TaskGroup`. It has ended when three counts agree: the body is done, no ordinary task and no
 * service is left. Every event that can change one of them calls `#proceed`.
 */
export class Group extends Scope implements TaskGroup, Host {
  /** Ordinary tasks that have not settled. */
  _foreground = 0;
  #services = 0;
  #serviceScope: Services | null = null;
  #body: Body = "running";
  #value: unknown = undefined;
  /** A task was stopped, or never begun, by what happened to the group. */
  #stoppedTasks = false;
  #finished: { value: unknown } | null = null;
  #closed = false;
  #onQuiet: (() => void) | null = null;
  #troubles: Trouble[] | null = null;
  /** For `failuresSince`. */
  readonly #start = rejectionsSoFar();
  #deferred: ((scope: CancelScope) => unknown)[] | null = null;
  _completions: Set<Completions> | null = null;
  readonly #admission: Admission;
  readonly #joiner: Joiner | null;
  readonly #supervise: boolean;
  readonly #aggregate: boolean;
  readonly #stragglerMs: number;
  #culprit: string | undefined;

  constructor(parent: Trunk | null, admission: Admission, options: TaskGroupOptions) {
    super(parent, options.name, options.shield === true);
    const { policy } = options;
    this.#admission = admission;
    this.#joiner = typeof policy === "object" ? policy : null;
    this.#supervise = policy === "supervise";
    this.#aggregate = options.errors === "aggregate";
    this.#stragglerMs = options.stragglerMs ?? STRAGGLER_MS;
  }

  get failures(): readonly unknown[] {
    return this.#collect(() => true).list;
  }

  spawn<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T> {
    this.#check(fn, options);
    const task: Task<T> = taskInside.make(this, fn, options?.name ?? fn.name);
    this._foreground++;
    this.#launch(task, options, this.#admission);
    return task;
  }

  background<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T> {
    this.#check(fn, options);
    const scope = (this.#serviceScope ??= new Services(this));
    const task: Task<T> = taskInside.make(this, fn, options?.name ?? fn.name);
    taskInside.embodyIn(task, new TaskNode(scope, task, true));
    this.#services++;
    // A service gives no slot back before the others are done, so it takes none.
    this.#launch(task, options, unlimited);
    return task;
  }

  start<V = void>(
    fn: (task: TaskScope, started: (value: V) => void) => unknown,
    options?: StartOptions,
  ): Promise<V> {
    this.#check(fn, options);
    const call = (scope: TaskScope): unknown => fn(scope, (value) => starting._started(value));
    const task = taskInside.make(this, call, options?.name ?? fn.name);
    Object.defineProperty(call, "name", { value: fn.name });
    const starting = new Starting<V>(this, task);
    starting._awaitedIn(options);
    this._foreground++;
    this.#launch(task, options, this.#admission);
    return starting.started;
  }

  defer(fn: (scope: CancelScope) => unknown): void {
    checkBody("fn", fn);
    this.#checkOpen();
    (this.#deferred ??= []).push(deferred(fn));
  }

  finish<V>(value: V): V {
    this.#checkOpen();
    this.#finished ??= { value };
    this._cancel("exit", undefined);
    return value;
  }

  completions(): AsyncIterableIterator<Completion> {
    return new Completions(this);
  }

  #check(fn: unknown, options: SpawnOptions | undefined): void {
    checkBody("fn", fn);
    if (options?.timeoutMs !== undefined) checkDuration("timeoutMs", options.timeoutMs);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new GroupEndedError(
      `${this._describe()} has ended: its body is done and no task is left that could keep it open`,
    );
  }

  /** Most tasks get no scope here: as long as nobody needs it, it is not made before the function is called. */
  #launch(task: Task<unknown>, options: SpawnOptions | undefined, admission: Admission): void {
    if (options !== undefined) nodeOf(task)._configure(options);
    announceSpawn(task);
    watchStraggler(task, this.#stragglerMs);
    if (this.#joiner !== null) this.#tellSpawn(this.#joiner, task);
    if (this.cancelled || taskInside.body(task) !== null) {
      const node = nodeOf(task);
      const barrier = node._barrier;
      if (barrier !== null) {
        node._interrupted(barrier);
        return;
      }
    }
    admission.enter(task);
  }

  _embody(task: Task<unknown>): TaskBody {
    return new TaskNode(this, task, false);
  }

  #tellSpawn(joiner: Joiner, task: Task<unknown>): void {
    if (joiner.onSpawn !== undefined) this.#hook(() => joiner.onSpawn!(task));
  }

  #tellSettle(joiner: Joiner, task: Task<unknown>): void {
    if (joiner.onSettle === undefined) return;
    const stop = this.#hook(() => joiner.onSettle!(task));
    if (stop === true) this._cancel("exit", undefined);
  }

  /** A joiner's hook that throws fails the group. */
  #hook<R>(call: () => R): R | undefined {
    try {
      return call();
    } catch (error) {
      this.#fail(error, null);
      return undefined;
    }
  }

  _settled(node: TaskNode<unknown>): void {
    const task = node.handle;
    announceSettled(node);
    if (node._admitted) this.#admission.leave(node);
    if (node._background) this.#services--;
    else {
      this._foreground--;
      if (taskInside.stoppedWithGroup(task)) this.#stoppedTasks = true;
    }
    if (node._failsGroup && taskInside.failed(task)) this.#taskFailed(task);
    if (this.#joiner !== null) this.#tellSettle(this.#joiner, task);
    if (this._completions !== null && !node._background) {
      for (const listing of this._completions) listing.push(task);
    }
    this.#proceed();
  }

  #taskFailed(task: Task<unknown>): void {
    if (this.#joiner !== null) return;
    const error = taskInside.error(task);
    if (this.#supervise) this.#record(error, task);
    else {
      this.#culprit ??= describeTask(task.name);
      this.#fail(error, task);
    }
  }

  #record(error: unknown, task: Task<unknown> | null): void {
    (this.#troubles ??= []).push({ errors: failuresSince(error, this.#start), task });
  }

  #fail(error: unknown, task: Task<unknown> | null): void {
    this.#record(error, task);
    this._cancel(task === null ? "body" : "sibling", error);
  }

  /** The error of a callback registered with the group itself. */
  override _mishap(error: unknown): void {
    this.#fail(error, null);
  }

  /** Cancels each ordinary task on its own; the group goes on. */
  _cancelTasks(): void {
    plantPending();
    const tasks: TaskNode<unknown>[] = [];
    for (let branch = this._first; branch !== null; branch = branch._next) {
      if (branch instanceof TaskNode) tasks.push(branch);
    }
    for (const task of tasks) task._cancel("exit", undefined);
  }

  _bodyDone(value: unknown): void {
    this.#body = "done";
    this.#value = value;
    this.#proceed();
  }

  _bodyFailed(error: unknown): void {
    if (this._echoed(error) !== null) {
      this.#body = "interrupted";
    } else {
      this.#body = "failed";
      this.#fail(error, null);
    }
    this.#proceed();
  }

  #proceed(): void {
    if (this.#body === "running" || this._foreground > 0 || this.#closed) return;
    if (this.#services > 0) {
      this.#serviceScope!.stop();
      return;
    }
    this.#closed = true;
    this.#onQuiet?.();
  }

  /** The body is done and everything has settled. */
  get _isQuiet(): boolean {
    return this.#closed;
  }

  _quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  get _hasDeferred(): boolean {
    return this.#deferred !== null;
  }

  async _runDeferred(): Promise<void> {
    const callbacks = this.#deferred!;
    while (callbacks.length > 0) {
      try {
        await runDeferred(this, callbacks.pop()!);
      } catch (error) {
        this.#record(error, null);
      }
    }
  }

  /** Leaves the tree; gives the group's result, or throws what it rejects with. */
  _finish(): unknown {
    const outside = this._outside();
    this.#serviceScope?._end();
    this._end();
    return this.#outcome(outside);
  }

  #outcome(outside: Cancellation | null): unknown {
    if (this.#troubles !== null) {
      const failures = this.#collect(
        ({ task }) => !(this.#supervise && task !== null && taskInside.isObserved(task)),
      );
      if (failures.list.length > 0) throw this.#rejection(failures);
    }
    if (this.#finished !== null) return this.#finished.value;
    const own = this._own;
    const joiner = this.#joiner;
    if (joiner !== null && outside === null) {
      if (own?.kind === "deadline" && joiner.onDeadline !== undefined) return joiner.onDeadline();
      if (own === null || own.kind === "exit") return this.#joined(joiner);
    }
    const value = this.#value;
    const cancelledWithoutValue = own?.kind === "cancel" && value === undefined;
    const cutShort = this.#stoppedTasks && !(own?.kind === "cancel" && value !== undefined);
    if (this.#body === "interrupted" || cutShort || cancelledWithoutValue) {
      throw (outside ?? own ?? this._inForce!).reason;
    }
    return value;
  }

  #joined(joiner: Joiner): unknown {
    if (joiner.result !== undefined) return joiner.result();
    return this.#value;
  }

  /** Leaves the tree; throws only failures that nobody has seen. */
  _finishUnseen(): void {
    this.#serviceScope?._end();
    this._end();
    const failures = this.#collect(({ task }) => task === null || !taskInside.isObserved(task));
    if (failures.list.length > 0) throw this.#rejection(failures);
  }

  #collect(counts: (trouble: Trouble) => boolean): Failures {
    const failures = new Failures();
    for (const trouble of this.#troubles ?? [])
      if (counts(trouble)) failures.addAll(trouble.errors);
    return failures;
  }

  #rejection(failures: Failures): unknown {
    if (!this.#aggregate) return failures.first();
    const count = failures.list.length;
    return failures.aggregate(
      `${this._describe()} failed with ${count === 1 ? "an error" : `${count} errors`}`,
    );
  }

  override _blame(): string {
    return this.#culprit ?? "A task";
  }

  override _describe(): string {
    return this._name === undefined ? "A task group" : `Task group "${this._name}"`;
  }
}
