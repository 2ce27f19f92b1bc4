import { got } from "../errors.ts";
import { Branch, link, unlink } from "../scope/branch.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import type { Governor, LimitFunction } from "./task-group.ts";
import type { TaskNode } from "./task-node.ts";

/** Decides when a task of a group may begin. */
export interface Admission {
  /** Arranges that the task begins on a later microtask, in the context of this call. */
  enter(task: TaskNode<unknown>): void;
  /** A task has settled, whether or not it was let in. */
  leave(task: TaskNode<unknown>): void;
}

const resolved: Promise<void> = Promise.resolve();

/** Everyone at once. */
const unlimited: Admission = {
  enter(task) {
    void resolved.then(task._begin.bind(task));
  },
  leave() {},
};

/** A task that waits to be let in. Cancellation takes it out of the line at once. */
class Entrant extends Branch {
  readonly task: TaskNode<unknown>;
  after: Entrant | null = null;
  /** Resolves a promise whose reaction was made at spawn, and so begins the task in the context of that. */
  readonly #begin: () => void;

  constructor(task: TaskNode<unknown>) {
    super();
    this.task = task;
    let begin!: () => void;
    void new Promise<void>((resolve) => (begin = resolve)).then(() => task._begin());
    this.#begin = begin;
    link(this, task);
  }

  letIn(): void {
    unlink(this);
    this.#begin();
  }

  override _withdraw(): void {}

  override _deliver(cancellation: Cancellation): void {
    if (!this.task._startsAlways) this.task._interrupted(cancellation);
  }
}

/** A number of slots of the group's own, first come, first served. */
class Slots implements Admission {
  #free: number;
  readonly #inside = new Set<TaskNode<unknown>>();
  #first: Entrant | null = null;
  #last: Entrant | null = null;

  constructor(total: number) {
    this.#free = total;
  }

  enter(task: TaskNode<unknown>): void {
    if (this.#free > 0) {
      this.#free--;
      this.#inside.add(task);
      unlimited.enter(task);
      return;
    }
    const entrant = new Entrant(task);
    if (this.#last === null) this.#first = entrant;
    else this.#last.after = entrant;
    this.#last = entrant;
  }

  leave(task: TaskNode<unknown>): void {
    if (!this.#inside.delete(task)) return;
    for (let entrant = this.#first; entrant !== null; entrant = this.#first) {
      this.#first = entrant.after;
      if (this.#first === null) this.#last = null;
      if (!entrant.task._pending) continue;
      this.#inside.add(entrant.task);
      entrant.letIn();
      return;
    }
    this.#free++;
  }
}

/** Permits of a limiter that others use too. */
class Permits implements Admission {
  readonly #governor: Governor;
  readonly #held = new Map<TaskNode<unknown>, { release(): void }>();

  constructor(governor: Governor) {
    this.#governor = governor;
  }

  enter(task: TaskNode<unknown>): void {
    const within = task._startsAlways ? undefined : task;
    resolved
      .then(() => this.#governor.acquire(within))
      .then(
        (permit) => {
          if (!task._pending) {
            permit.release();
            return;
          }
          this.#held.set(task, permit);
          task._begin();
        },
        (error: unknown) => {
          if (task._pending) task._failed(error);
        },
      );
  }

  leave(task: TaskNode<unknown>): void {
    const permit = this.#held.get(task);
    if (permit === undefined) return;
    this.#held.delete(task);
    permit.release();
  }
}

/** A limit function that others use too. */
class Limited implements Admission {
  readonly #limit: LimitFunction;

  constructor(limit: LimitFunction) {
    this.#limit = limit;
  }

  enter(task: TaskNode<unknown>): void {
    const entrant = new Entrant(task);
    this.#limit(() => {
      entrant.letIn();
      return task._untilSettled();
    }).then(undefined, (error: unknown) => {
      if (task._pending) task._failed(error);
    });
  }

  leave(): void {}
}

export function admissionOf(concurrency: number | Governor | LimitFunction | undefined): Admission {
  if (concurrency === undefined || concurrency === Infinity) return unlimited;
  if (typeof concurrency === "number") {
    checkConcurrency(concurrency);
    return new Slots(concurrency);
  }
  if (typeof concurrency === "function" && "activeCount" in concurrency) {
    return new Limited(concurrency);
  }
  if (typeof (concurrency as Partial<Governor> | null)?.acquire === "function") {
    return new Permits(concurrency as Governor);
  }
  throw new TypeError(
    `Expected \`concurrency\` to be a number, a limiter with \`acquire\`, or a limit function of p-limit, got ${got(concurrency)}`,
  );
}

/** Refuses what is no number of tasks; `Infinity` is one. */
export function checkConcurrency(value: unknown): asserts value is number {
  const expected = "Expected `concurrency` to be an integer of 1 or more, or Infinity";
  if (typeof value !== "number") throw new TypeError(`${expected}, got ${got(value)}`);
  if (value !== Infinity && !(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`${expected}, got ${got(value)}`);
  }
}
