import { GroupEndedError } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { rejectionsSoFar } from "../scope/failures.ts";
import { PlainScope } from "../scope/scope.ts";
import { runOrder } from "../scope/run-order.ts";
import { type Admission, unlimited } from "./admission.ts";
import { nodeOf, attachPending } from "./begin.ts";
import { Completions } from "./completions.ts";
import { deferred, runDeferred } from "./deferred.ts";
import { admit, admitAll, announceSettled, announceSpawn } from "./events.ts";
import { outcomeOfGroup, throwUnseen } from "./group-outcome.ts";
import { GroupFlag, GroupExtras, STRAGGLER_MS } from "./group-state.ts";
import type { Joiner } from "./joiner.ts";
import { Services } from "./services.ts";
import { Slots } from "./slots.ts";
import { SPAWN_OPTIONS, START_OPTIONS } from "./spawn-options.ts";
import { Starting } from "./starting.ts";
import { watchStraggler } from "./stragglers.ts";
import { type OwnNode, type Task, taskInternals } from "./task.ts";
import type {
  Completion,
  SpawnOptions,
  StartOptions,
  TaskFunction,
  TaskGroup,
  TaskGroupOptions,
  TaskScope,
} from "./task-group.ts";
import { type Host, TaskNode } from "./task-node.ts";
import { GroupFailures } from "./group-failures.ts";
import { keepShape } from "../scope/shapes.ts";

/**
 * The implementation of `TaskGroup`. It has ended when three counts agree: the body is done, no ordinary task and no
 * service is left. Every event that can change one of them calls `#proceed`.
 */
export class Group extends PlainScope implements TaskGroup, Host {
  /** Ordinary tasks that have not settled. */
  _foreground = 0;
  /** What the body gave. */
  #value: unknown = undefined;
  #onQuiet: (() => void) | null = null;
  /** For `failuresSince`. */
  readonly #start = rejectionsSoFar();
  readonly #admission: Admission;
  #more: GroupExtras | null = null;

  constructor(parent: ParentScope | null, admission: Admission, options: TaskGroupOptions) {
    super(parent, options.name, options.shield === true);
    const { policy } = options;
    this.#admission = admission;
    if (policy === "supervise") this._flags |= GroupFlag.supervise;
    if (options.errors === "aggregate") this._flags |= GroupFlag.aggregate;
    if (typeof policy === "object" || options.stragglerMs !== undefined) {
      this.#more = new GroupExtras(options);
    }
  }

  static #withTaskInLine(): Group {
    const group = new Group(null, new Slots(0), {});
    void group.spawn(() => {}).settled();
    return group;
  }

  get #extras(): GroupExtras {
    return (this.#more ??= new GroupExtras({}));
  }

  #is(flag: number): boolean {
    return (this._flags & flag) !== 0;
  }

  get failures(): readonly unknown[] {
    return this.#more?.failures?.collect(() => true).list ?? [];
  }

  get _completions(): Set<Completions> {
    return (this.#extras.completions ??= new Set());
  }

  spawn<T>(fn: TaskFunction<T>, given?: SpawnOptions): Task<T> {
    this.#check(fn);
    const options = given === undefined ? undefined : SPAWN_OPTIONS.read(given);
    const task: Task<T> = this.#made(fn, options?.name ?? fn.name);
    this.#launch(task, options, this.#admission);
    return task;
  }

  /** The same for functions that need no check, in a group that is open: they begin together. */
  _spawnAll<T>(
    functions: readonly TaskFunction<T>[],
    nameOf: (fn: TaskFunction<T>, place: number) => string,
  ): Task<T>[] {
    const tasks = functions.map((fn, place): Task<T> => this.#made(fn, nameOf(fn, place)));
    const ready = tasks.filter((task) => this.#isReady(task));
    admitAll(ready, this.#admission, this);
    return tasks;
  }

  #made<T>(fn: unknown, name: string): Task<T> {
    this._foreground++;
    return taskInternals.make(this, fn, name);
  }

  background<T>(fn: TaskFunction<T>, given?: SpawnOptions): Task<T> {
    this.#check(fn);
    const options = given === undefined ? undefined : SPAWN_OPTIONS.read(given);
    const scope = (this.#extras.services ??= new Services(this));
    const task: Task<T> = taskInternals.make(this, fn, options?.name ?? fn.name);
    taskInternals.attachNode(task, new TaskNode(scope, task, true));
    scope.running++;
    // A service gives no slot back before the others are done, so it takes none.
    this.#launch(task, options, unlimited);
    return task;
  }

  start<V = void>(
    fn: (task: TaskScope, started: (value: V) => void) => unknown,
    given?: StartOptions,
  ): Promise<V> {
    this.#check(fn);
    const options = START_OPTIONS.read(given);
    const call = (scope: TaskScope): unknown => fn(scope, (value) => starting._started(value));
    const task = taskInternals.make(this, call, options?.name ?? fn.name);
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
    (this.#extras.deferred ??= []).push(deferred(fn));
  }

  finish<V>(value: V): V {
    this.#checkOpen();
    this.#extras.finished ??= { value };
    this._cancel("exit", undefined);
    return value;
  }

  completions(): AsyncIterableIterator<Completion> {
    return new Completions(this);
  }

  #check(fn: unknown): void {
    checkBody("fn", fn);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (!this.#is(GroupFlag.closed)) return;
    throw new GroupEndedError(
      `${this._describe()} has ended: its body is done and no task is left that could keep it open`,
    );
  }

  #launch(task: Task<unknown>, options: SpawnOptions | undefined, admission: Admission): void {
    if (options !== undefined) nodeOf(task)._configure(options);
    if (this.#isReady(task)) admit(task, admission, this);
  }

  /**
   * Tells of a new task; false if it is cancelled already. Most get no scope here: as long as nobody needs it, it is
   * not made before the function is called.
   */
  #isReady(task: Task<unknown>): boolean {
    announceSpawn(task);
    const more = this.#more;
    watchStraggler(task, more === null ? STRAGGLER_MS : more.stragglerMs);
    const joiner = more === null ? null : more.joiner;
    if (joiner?.onSpawn !== undefined) this.#hook(() => joiner.onSpawn!(task));
    if (this.cancelled || taskInternals.node(task) !== null) {
      const node = nodeOf(task);
      const barrier = node._barrier;
      if (barrier !== null) {
        node._interrupted(barrier);
        return false;
      }
    }
    return true;
  }

  _makeNode(task: Task<unknown>): OwnNode {
    const node = new TaskNode(this, task, false);
    if (taskInternals.isQueued(task)) this.#admission.nodeMade?.(node);
    return node;
  }

  #tellSettle(joiner: Joiner, task: Task<unknown>): void {
    if (joiner.onSettle === undefined) return;
    const stop = this.#hook(() => joiner.onSettle!(task));
    if (stop !== true) return;
    this._flags |= GroupFlag.decided;
    this._cancel("exit", undefined);
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
    announceSettled(task);
    if (taskInternals.isAdmitted(task)) this.#admission.leave?.(task);
    const more = this.#more;
    if (node._background) more!.services!.running--;
    else {
      this._foreground--;
      if (taskInternals.stoppedWithGroup(task)) this._flags |= GroupFlag.stoppedTasks;
      else this._taskEnded(task);
    }
    if (node._failsGroup && taskInternals.failed(task)) this.#taskFailed(task);
    if (more !== null) {
      if (more.joiner !== null) this.#tellSettle(more.joiner, task);
      if (more.completions !== null && !node._background) {
        for (const listing of more.completions) listing.push(task);
      }
    }
    this.#proceed();
  }

  /** A task that held the group open has ended, and not because of what happened to the group. */
  _taskEnded(_task: Task<unknown>): void {}

  #taskFailed(task: Task<unknown>): void {
    const error = taskInternals.error(task);
    if (this.#more !== null && this.#more.joiner !== null) {
      // The joiner's business, unless a cancellation keeps it from giving a result.
      if (this._inForce !== null && !this.#is(GroupFlag.decided)) this.#record(error, task);
      return;
    }
    if (this.#is(GroupFlag.supervise)) this.#record(error, task);
    else this.#fail(error, task);
  }

  #record(error: unknown, task: Task<unknown> | null): void {
    (this.#extras.failures ??= new GroupFailures()).add(error, task, this.#start);
  }

  #fail(error: unknown, task: Task<unknown> | null): void {
    this.#record(error, task);
    this._cancel(task === null ? "body" : "sibling", error);
  }

  /** The error of a callback registered with the group itself. */
  override _callbackFailed(error: unknown): void {
    this.#fail(error, null);
  }

  /** For those who look at its tasks: the ones that have not begun need no place in the tree till then. */
  _attachPending(): void {
    attachPending();
    this.#admission.attachPending?.();
  }

  /** Cancels each ordinary task on its own; the group goes on. */
  _cancelTasks(): void {
    this._attachPending();
    const tasks: TaskNode<unknown>[] = [];
    for (let child = this._first; child !== null; child = child._next) {
      if (child instanceof TaskNode) tasks.push(child);
    }
    for (const task of tasks) task._cancel("exit", undefined);
  }

  /** Whether it ends only when somebody asks for it, and nobody has. */
  get _awaitsJoin(): boolean {
    return false;
  }

  _bodyDone(value: unknown): void {
    this._flags |= GroupFlag.bodyDone;
    this.#value = value;
    this.#proceed();
  }

  _bodyFailed(error: unknown): void {
    this._flags |= GroupFlag.bodyDone;
    if (this._echoed(error) !== null) this._flags |= GroupFlag.bodyInterrupted;
    else this.#fail(error, null);
    this.#proceed();
  }

  #proceed(): void {
    if (this._foreground > 0 || !this.#is(GroupFlag.bodyDone) || this.#is(GroupFlag.closed)) return;
    const services = this.#more === null ? null : this.#more.services;
    if (services !== null && services.running > 0) {
      services.stop();
      return;
    }
    this._flags |= GroupFlag.closed;
    const goOn = this.#onQuiet;
    if (goOn !== null && (runOrder === null || !runOrder.keeps(this, goOn))) goOn();
  }

  /** The body is done and everything has settled. */
  get _isQuiet(): boolean {
    return this.#is(GroupFlag.closed);
  }

  _quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  get _hasDeferred(): boolean {
    return this.#more !== null && this.#more.deferred !== null;
  }

  async _runDeferred(): Promise<void> {
    const callbacks = this.#more!.deferred!;
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
    this.#leave();
    return outcomeOfGroup(this, this.#value, this.#more, outside);
  }

  #leave(): void {
    this.#more?.services?._end();
    this._end();
  }

  /** Leaves the tree; throws only failures that nobody has seen. */
  _finishUnseen(): void {
    this.#leave();
    throwUnseen(this, this.#more);
  }

  override _failedName(): string {
    return this.#more?.failures?.firstFailed() ?? "A task";
  }

  override _describe(): string {
    return this._name === undefined ? "A task group" : `Task group "${this._name}"`;
  }

  static {
    keepShape(this.#withTaskInLine());
  }
}
