import type { ParentScope } from "../scope/scope-child.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { checkCount } from "../scope/option-values.ts";
import { refuse } from "../scope/refuse.ts";
import { unscoped, Wait } from "../scope/wait.ts";
import type { RunOrder } from "../scope/run-order.ts";
import { beginLater, beginTogether, nodeOf } from "./begin.ts";
import {
  type Limiter,
  limiterOf,
  isLimiter,
  isLimitFunction,
  type LimitFunction,
} from "./limiter.ts";
import { Slots } from "./slots.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskNode } from "./task-node.ts";

/** Decides when a task of a group may begin. */
export interface Admission {
  /** Arranges that the task begins on a later microtask, in the context of this call. */
  enter(task: Task<unknown>, group: ParentScope): void;
  /** The same for several that are spawned together, if there is a cheaper way. */
  enterAll?(tasks: readonly Task<unknown>[]): void;
  /** A task that it has admitted has settled. */
  leave?(task: Task<unknown>): void;
  /** A task that it has queued has got a scope. */
  nodeMade?(node: TaskNode<unknown>): void;
  /** Gives those a scope that have none yet, for somebody who looks. */
  attachPending?(): void;
}

const resolved: Promise<void> = /* @__PURE__ */ Promise.resolve();

/** Everyone at once. */
export const unlimited: Admission = { enter: beginLater, enterAll: beginTogether };

/** A task that waits to be let in. Cancellation takes it out of the line at once, and the task has settled. */
class AdmissionWait extends Wait<void> {
  readonly task: TaskNode<unknown>;

  constructor(task: TaskNode<unknown>) {
    super(task._startsAlways ? null : task);
    this.task = task;
    // A reaction that is made here runs in the context of the spawn, whoever grants it.
    void this.promise.then(task._begin.bind(task));
  }

  override _waitsFor(): string {
    return "its turn in a queue";
  }

  override _keptBy(order: RunOrder, begin: () => void): boolean {
    return order.keepsBegin(this.task, begin);
  }

  override _outlives(): boolean {
    return false;
  }

  override _deliver(cancellation: Cancellation): void {
    this.task._interrupted(cancellation);
  }
}

/** LimiterAdmission of a limiter that others use too. */
class LimiterAdmission implements Admission {
  readonly #limiter: Limiter;
  readonly #held = new Map<Task<unknown>, { release(): void }>();
  #group: ParentScope | null = null;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  enter(handle: Task<unknown>, group: ParentScope): void {
    this.#group = group;
    const task = nodeOf(handle);
    const wait = new AdmissionWait(task);
    resolved
      .then(() => this.#limiter.acquire(task._startsAlways ? unscoped : task))
      .then(
        (permit) => {
          if (!wait.grant(undefined)) {
            this.#release(permit);
            return;
          }
          taskInternals.admit(handle);
          this.#held.set(handle, permit);
        },
        (error: unknown) => {
          if (task._pending) task._failed(error);
        },
      );
  }

  leave(task: Task<unknown>): void {
    const permit = this.#held.get(task)!;
    this.#held.delete(task);
    this.#release(permit);
  }

  /** The limiter's error is a failure of the group or, when that has ended, one that the process hears of. */
  #release(permit: { release(): void }): void {
    try {
      permit.release();
    } catch (error) {
      if (this.#group!._ended) throw error;
      this.#group!._callbackFailed(error);
    }
  }
}

export function admissionOf(concurrency: number | Limiter | LimitFunction | undefined): Admission {
  if (concurrency === undefined || concurrency === Infinity) return unlimited;
  if (typeof concurrency === "number") return new Slots(concurrency);
  return new LimiterAdmission(limiterOf(concurrency));
}

/** Refuses what bounds nothing. */
export function checkConcurrency(name: string, value: unknown): void {
  if (typeof value === "number") {
    checkCount(name, value);
    return;
  }
  if (isLimitFunction(value) || isLimiter(value)) return;
  refuse(name, "a number, a limiter with `acquire`, or a limit function of p-limit", value);
}
