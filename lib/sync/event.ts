import type { ScopeLike } from "../scope/cancel-scope.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";

const happened: Promise<void> = Promise.resolve();

/**
 * Something that happens once. Whoever waits for it goes ahead when it happens, and whoever comes later need not
 * wait at all.
 *
 * @example
 * ```ts
 * import { Event, taskGroup } from "skein";
 *
 * const ready = new Event();
 * await taskGroup(async (group) => {
 *   group.spawn(async (task) => {
 *     await ready.wait(task);
 *     console.log("ready");
 *   });
 *   console.log("waiting");
 *   ready.set();
 * });
 * // prints: waiting
 * // prints: ready
 * ```
 *
 * @public
 */
export class Event {
  #isSet = false;
  readonly #waiting = new WaitQueue<QueuedWait<void>>();

  /** Whether it has happened. */
  get isSet(): boolean {
    return this.#isSet;
  }

  /** Makes it happen: everybody who waits goes ahead, in order of arrival. Once set it stays so. */
  set(): void {
    this.#isSet = true;
    for (let wait = this.#waiting.shift(); wait !== null; wait = this.#waiting.shift()) {
      wait.grant(undefined);
    }
  }

  /**
   * Waits until it has happened.
   *
   * **Cancellation:** rejects with the scope's reason, also if the event was set before; nothing is left behind.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   */
  wait(scope?: ScopeLike): Promise<void> {
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    if (this.#isSet) return inRunOrder(parent, happened);
    const wait = new QueuedWait<void>(parent);
    this.#waiting.push(wait);
    return wait.promise;
  }

  /** How many calls of `wait` wait. */
  statistics(): { readonly waiting: number } {
    return { waiting: this.#waiting.size };
  }
}
