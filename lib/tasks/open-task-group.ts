import { deadlockOf } from "./deadlock.ts";
import { announceOpen } from "./events.ts";
import { Group } from "./group.ts";
import { GROUP_OPTIONS } from "./group-options.ts";
import { makeGroup } from "./run-group.ts";
import type { TaskGroup, TaskGroupOptions } from "./task-group.ts";

/**
 * A task group for `await using`. Its block has to say when it is done, for a disposer cannot see how a block ended.
 *
 * @public
 */
export interface OpenTaskGroup extends TaskGroup, AsyncDisposable {
  /**
   * Waits until every task has settled and ends the group. Rejects like `taskGroup` does.
   */
  join(): Promise<void>;
  /** Cancels what is left, waits for it, and throws only failures that nobody has seen. */
  [Symbol.asyncDispose](): Promise<void>;
}

class JoinableGroup extends Group implements OpenTaskGroup {
  #joined: Promise<void> | null = null;

  override get _awaitsJoin(): boolean {
    return this.#joined === null;
  }

  join(): Promise<void> {
    const deadlock = deadlockOf(this);
    if (deadlock !== null) return Promise.reject(deadlock);
    return (this.#joined ??= this.#join());
  }

  async #join(): Promise<void> {
    await this.#settle();
    this._finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const deadlock = deadlockOf(this);
    if (deadlock !== null) throw deadlock;
    if (this.#joined !== null) {
      await this.#joined.catch(() => {});
      return;
    }
    this.#joined = Promise.resolve();
    this._cancel("exit", undefined);
    await this.#settle();
    this._finishUnseen();
  }

  async #settle(): Promise<void> {
    this._bodyDone(undefined);
    if (!this._isQuiet) await this._quiet();
    if (this._hasDeferred) await this._runDeferred();
  }
}

/**
 * Opens a task group without a body, for `await using`. End the block with `await group.join()`; without it, leaving
 * the block cancels what is left.
 *
 * **Cancellation:** as for `taskGroup`; `join()` rejects with the outer reason.
 *
 * @param options - where the group stands, what bounds it, what failures do
 * @returns the open group, to be closed by `await using` or by its methods
 * @throws TypeError or RangeError, synchronously, if an option is invalid
 *
 * @example
 * ```ts
 * import { openTaskGroup } from "skein";
 *
 * const group = openTaskGroup();
 * try {
 *   const task = group.spawn(async () => "done");
 *   await group.join();
 *   console.log(task.result());
 * } finally {
 *   await group[Symbol.asyncDispose]();
 * }
 * // prints: done
 * ```
 *
 * @public
 */
export function openTaskGroup(options?: TaskGroupOptions): OpenTaskGroup {
  const group = makeGroup(JoinableGroup, GROUP_OPTIONS.read(options));
  announceOpen(group);
  return group;
}
