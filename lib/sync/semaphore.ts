import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { methodScope } from "../scope/wait.ts";
import { announceLimiter, unannounced } from "./limiter-event.ts";
import { holding, type Permit } from "./permit.ts";
import { keepShape } from "../scope/shapes.ts";

/**
 * What a {@link Semaphore} is doing at the moment.
 *
 * @public
 */
export interface SemaphoreStatistics {
  /** How many permits there are. */
  readonly total: number;
  /** How many are held. */
  readonly used: number;
  /** How many calls of `acquire` wait. */
  readonly waiting: number;
}

/**
 * A counter that waits at 0: the cheapest way to let so many go ahead at a time, first come, first served.
 *
 * It counts and knows nobody: its permits are all alike, anybody may release one, and releasing one twice gives away
 * somebody else's. Use {@link CapacityLimiter} where permits are passed around or the number changes.
 *
 * @example
 * ```ts
 * import { checkpoint, Semaphore } from "skein";
 *
 * const semaphore = new Semaphore(2);
 * const work = async (name: string) => {
 *   using permit = await semaphore.acquire();
 *   console.log(`${name} in`);
 *   await checkpoint();
 *   console.log(`${name} out`);
 * };
 * await Promise.all([work("a"), work("b"), work("c")]);
 * // prints: a in
 * // prints: b in
 * // prints: a out
 * // prints: c in
 * // prints: b out
 * // prints: c out
 * ```
 *
 * @public
 */
export class Semaphore implements Permit {
  readonly #total: number;
  /** Invariant: nobody waits while this is above 0. */
  #free: number;
  readonly #waiting = new WaitQueue<QueuedWait<Permit>>();
  /** What every call gets that need not wait. */
  readonly #granted: Promise<Permit> = Promise.resolve(this);

  /**
   * @param total - how many permits there are: an integer of 1 or more
   * @throws TypeError or RangeError if it is not
   */
  constructor(total: number) {
    if (!Number.isInteger(total) || total < 1) {
      const message = `Expected \`total\` to be an integer of 1 or more, got ${got(total)}`;
      throw typeof total === "number" ? new RangeError(message) : new TypeError(message);
    }
    this.#total = this.#free = total;
    announceLimiter("Semaphore", this);
  }

  /**
   * Waits for a permit.
   *
   * **Cancellation:** rejects with the scope's reason and holds no permit. Once a permit was granted, the
   * cancellation comes too late and the permit is yours.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @returns the permit, to be released exactly once
   */
  acquire(scope?: ScopeLike): Promise<Permit> {
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    if (this.#free > 0) {
      this.#free--;
      return inRunOrder(parent, this.#granted);
    }
    const wait = new QueuedWait<Permit>(parent);
    this.#waiting.push(wait);
    return wait.promise;
  }

  /** Takes a permit if one is free at this moment. */
  tryAcquire(): Permit | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return this;
  }

  /**
   * Runs a function while holding a permit, and releases that when the function has settled.
   *
   * **Cancellation:** of the wait for the permit: rejects with the scope's reason, and the function was not
   * called. Once it runs, stopping it is its own business; the permit is released when it has ended.
   *
   * @param fn - always called later than the next line, whether a permit is free or not
   * @param scope - the scope to wait for the permit under, or anything with a `signal`; none by default
   * @returns what the function returns
   * @throws TypeError, synchronously, if `fn` is not a function
   */
  with<T>(fn: () => T | PromiseLike<T>, scope?: ScopeLike): Promise<T> {
    checkBody("fn", fn);
    return holding(this.acquire(scope), fn, undefined, []);
  }

  /**
   * Gives one permit back, to whoever has waited longest.
   *
   * @throws RangeError if none is held: somebody released one twice
   */
  release(): void {
    const wait = this.#waiting.shift();
    if (wait !== null) {
      wait.grant(this);
      return;
    }
    if (this.#free === this.#total) {
      throw new RangeError(
        `Expected one \`release\` for each permit of the semaphore, but all ${this.#total} are back already`,
      );
    }
    this.#free++;
  }

  static #awaited(): Semaphore {
    const semaphore = new Semaphore(1);
    semaphore.tryAcquire();
    void semaphore.acquire();
    return semaphore;
  }

  /** How many permits there are and are held, and how many calls wait. */
  statistics(): SemaphoreStatistics {
    return { total: this.#total, used: this.#total - this.#free, waiting: this.#waiting.size };
  }

  /** The same as `release()`. */
  [Symbol.dispose](): void {
    this.release();
  }

  static {
    keepShape(unannounced(() => this.#awaited()));
  }
}
