import { SkeinError } from "../errors.ts";
import { link, unlink, PlainChild } from "../scope/scope-child.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { Wait, waitScope } from "../scope/wait.ts";
import { type Task, taskInternals } from "./task.ts";
import type { StartOptions } from "./task-group.ts";
import { type Host, TaskNode } from "./task-node.ts";

/** A task that somebody waits for to say that it has started. Until it has, its failure is that waiter's alone. */
export class Starting<V> extends TaskNode<unknown> {
  readonly #waiting = new Wait<V>(null);
  #starter: Starter | null = null;

  constructor(group: Host, task: Task<unknown>) {
    super(group, task, false);
    taskInternals.attachNode(task, this);
  }

  /** Lets the cancellation of the scope that the start is awaited in cancel the task that has not started. */
  _awaitedIn(options: StartOptions | undefined): void {
    const scope = waitScope(options?.scope);
    if (scope === null) return;
    if (scope.cancelled) this.cancel(scope.reason);
    else link((this.#starter = new Starter(this)), scope);
  }

  get started(): Promise<V> {
    return this.#waiting.promise;
  }

  override get _failsGroup(): boolean {
    return !this.#waiting._pending;
  }

  _started(value: V): void {
    if (this.#waiting.grant(value)) {
      this.#forgetStarter();
    } else if (this.handle.status === "running") {
      throw new SkeinError(
        "ERR_SKEIN_ALREADY_STARTED",
        `${this._describe()} called \`started\` a second time: call it once, when it is ready`,
      );
    }
  }

  override _afterSettled(): void {
    super._afterSettled();
    this.#forgetStarter();
    if (!this.#waiting._pending) return;
    const { status } = this.handle;
    if (status === "cancelled") {
      // The group reports what happened to it; a start that nobody awaits must not report it again.
      this.#waiting.promise.catch(() => {});
      this.#waiting.fail((taskInternals.content(this.handle) as Cancellation).reason);
    } else {
      this.#waiting.fail(
        status === "rejected" ? taskInternals.error(this.handle) : this.#neverStarted(),
      );
    }
  }

  #neverStarted(): SkeinError {
    return new SkeinError(
      "ERR_SKEIN_NOT_STARTED",
      `${this._describe()} returned without calling \`started\`: call it when it is ready, or use \`spawn\``,
    );
  }

  #forgetStarter(): void {
    if (this.#starter !== null) unlink(this.#starter);
    this.#starter = null;
  }
}

/** In the scope of the one who waits for the start. */
class Starter extends PlainChild {
  readonly #task: TaskNode<unknown>;

  constructor(task: TaskNode<unknown>) {
    super();
    this.#task = task;
  }

  override _withdraw(): void {}

  override _deliver(cancellation: Cancellation): void {
    this.#task.cancel(cancellation.reason);
  }
}
