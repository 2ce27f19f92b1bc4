import { Wait } from "../scope/wait.ts";
import type { Scope } from "../scope/scope.ts";
import type { Completion } from "./task-group.ts";
import type { Task } from "./task.ts";

/** What a listing of completions needs of its group. */
export interface Completing extends Scope {
  /** Ordinary tasks that have not settled. */
  readonly _foreground: number;
  readonly _completions: Set<Completions>;
  _cancelTasks(): void;
}

/** The tasks of a group in the order in which they settle. */
export class Completions implements AsyncIterableIterator<Completion> {
  readonly #group: Completing;
  readonly #settled: Completion[] = [];
  /** How many of these have been given out. */
  #given = 0;
  readonly #waiting: Wait<void>[] = [];
  #left = false;

  constructor(group: Completing) {
    this.#group = group;
    group._completions.add(this);
  }

  /** A task has settled. */
  push(task: Task<unknown>): void {
    if (!this.#left) this.#settled.push({ task });
    for (const wait of this.#waiting.splice(0)) wait.grant(undefined);
  }

  async next(): Promise<IteratorResult<Completion>> {
    while (!this.#left) {
      const completion = this.#take();
      if (completion !== undefined) return { done: false, value: completion };
      if (this.#group._foreground === 0) {
        this.#group._completions.delete(this);
        break;
      }
      await this.#nextSettled();
    }
    return { done: true, value: undefined };
  }

  /** Cancels the tasks that still run and waits for them. */
  async return(): Promise<IteratorResult<Completion>> {
    const listings = this.#group._completions;
    if (!this.#left && listings.has(this)) {
      this.#left = true;
      this.#settled.length = 0;
      this.#group._cancelTasks();
    }
    while (this.#group._foreground > 0 && listings.has(this)) {
      const wait = new Wait<void>(null);
      this.#waiting.push(wait);
      await wait.promise;
    }
    listings.delete(this);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The oldest one. What has been given out is dropped now and then, so that this stays cheap on average. */
  #take(): Completion | undefined {
    const completion = this.#settled[this.#given];
    if (completion === undefined) return undefined;
    this.#given++;
    if (this.#given * 2 > this.#settled.length) {
      this.#settled.splice(0, this.#given);
      this.#given = 0;
    }
    return completion;
  }

  #nextSettled(): Promise<void> {
    if (this.#group.cancelled) return Promise.reject(this.#group.reason);
    const wait = new Wait<void>(this.#group);
    this.#waiting.push(wait);
    return wait.promise;
  }
}
