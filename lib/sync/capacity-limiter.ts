import { got } from "../errors.ts";
import { knowInCopies } from "../errors/copies.ts";
import { checkBody } from "../scope/body.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { methodScope } from "../scope/wait.ts";
import { announceLimiter, unannounced } from "./limiter-event.ts";
import { holding, type Permit } from "./permit.ts";
import { keepShape } from "../scope/shapes.ts";

let takeBack: (limiter: CapacityLimiter) => void;

/**
 * What a {@link CapacityLimiter} is doing at the moment.
 *
 * @public
 */
export interface CapacityLimiterStatistics {
  /** How many permits there are. */
  readonly total: number;
  /** How many are held. More than `total` for a while if that was lowered. */
  readonly used: number;
  /** How many calls of `acquire` wait. */
  readonly waiting: number;
}

/** What gives a permit back, and who holds it does so once. */
type Place = Pick<Permit, "release">;

/** Stands in line. */
abstract class LimiterWait<T> extends QueuedWait<T> {
  /** Gives it the permit that is its own from now on. */
  abstract admit(limiter: CapacityLimiter, place: Place): void;
}

class PermitWait extends LimiterWait<Permit> {
  admit(limiter: CapacityLimiter): void {
    this.grant(new LimiterPermit(limiter));
  }
}

/** For a call of `with`, which sees to it that it releases once, and so needs no permit of its own. */
class CallWait extends LimiterWait<Place> {
  admit(_: CapacityLimiter, place: Place): void {
    this.grant(place);
  }
}

class LimiterPermit implements Permit {
  /** Invariant: `null` once released. */
  #limiter: CapacityLimiter | null;

  constructor(limiter: CapacityLimiter) {
    this.#limiter = limiter;
  }

  release(): void {
    const limiter = this.#limiter;
    if (limiter === null) return;
    this.#limiter = null;
    takeBack(limiter);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Lets at most `total` holders go ahead at a time; the others wait in order of arrival. For what every holder
 * does alike (requests to one host, open files, worker threads), shared by as many groups and callers as you like.
 *
 * Every permit that was given out comes back exactly once: releasing one again does nothing, so an early
 * `permit.release()` inside a `using` block is safe, and a call that is cancelled while it waits never holds one.
 * It has the shape of the `Limiter` that TC39 discusses.
 *
 * @example
 * ```ts
 * import { CapacityLimiter, sleep } from "skein";
 *
 * const limiter = new CapacityLimiter(2);
 * const fetchPage = limiter.wrap(async (page: number) => {
 *   await sleep(1);
 *   return `page ${page}`;
 * });
 * const pages = Promise.all([fetchPage(1), fetchPage(2), fetchPage(3)]);
 * console.log(limiter.statistics());
 * console.log(await pages);
 * // prints: { total: 2, used: 2, waiting: 1 }
 * // prints: [ 'page 1', 'page 2', 'page 3' ]
 * ```
 *
 * @public
 */
export class CapacityLimiter {
  #total: number;
  #used = 0;
  /** Invariant: nobody waits while a permit is free. */
  readonly #waiting = new WaitQueue<LimiterWait<unknown>>();
  readonly #place: Place = { release: () => this.#takeBack() };
  readonly #atOnce = Promise.resolve(this.#place);

  /**
   * @param total - how many permits there are: an integer of 0 or more, or `Infinity`
   * @throws TypeError or RangeError if it is neither
   */
  constructor(total: number) {
    checkTotal(total);
    this.#total = total;
    announceLimiter("CapacityLimiter", this);
  }

  /**
   * How many permits there are. Raising it lets exactly that many more waiters go ahead, at once. Lowering it takes
   * nothing from those who hold a permit: new ones are given out when enough have come back. With 0 everybody waits.
   */
  get total(): number {
    return this.#total;
  }

  set total(total: number) {
    checkTotal(total);
    this.#total = total;
    while (this.#used < total) {
      const wait = this.#waiting.shift();
      if (wait === null) return;
      this.#used++;
      wait.admit(this, this.#place);
    }
  }

  /**
   * Waits for a permit. First come, first served.
   *
   * **Cancellation:** rejects with the scope's reason and holds no permit. Once a permit was granted, the
   * cancellation comes too late and the permit is yours.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @returns the permit, to be released by you
   */
  acquire(scope?: ScopeLike): Promise<Permit> {
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    if (this.#used < this.#total) {
      this.#used++;
      return inRunOrder(parent, Promise.resolve(new LimiterPermit(this)));
    }
    const wait = new PermitWait(parent);
    this.#waiting.push(wait);
    return wait.promise;
  }

  /** Takes a permit if one is free at this moment. */
  tryAcquire(): Permit | undefined {
    if (this.#used >= this.#total) return undefined;
    this.#used++;
    return new LimiterPermit(this);
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
    return holding(this.#enter(scope), fn, undefined, []);
  }

  /**
   * A function that does the same, but each call of it waits for a permit and holds it until the call has settled.
   *
   * @throws TypeError if `fn` is not a function
   */
  wrap<This, Args extends unknown[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
  ): (this: This, ...args: Args) => Promise<T> {
    checkBody("fn", fn);
    const enter = (): Promise<Place> => this.#enter(undefined);
    return function (this: This, ...args: Args): Promise<T> {
      return holding(enter(), fn, this, args);
    };
  }

  /** How many permits there are and are held, and how many calls wait. */
  statistics(): CapacityLimiterStatistics {
    return { total: this.#total, used: this.#used, waiting: this.#waiting.size };
  }

  static #awaited(): readonly unknown[] {
    const limiter = new CapacityLimiter(1);
    const permit = limiter.tryAcquire();
    void limiter.acquire();
    void limiter.with(() => {});
    return [limiter, permit];
  }

  /** As `acquire`, for a call that sees to it that it releases once. */
  #enter(given: ScopeLike | undefined): Promise<Place> {
    const scope = methodScope(given);
    if (scope !== null && scope.cancelled) return Promise.reject(scope.reason);
    if (this.#used < this.#total) {
      this.#used++;
      return inRunOrder(scope, this.#atOnce);
    }
    const wait = new CallWait(scope);
    this.#waiting.push(wait);
    return wait.promise;
  }

  /** Gives the permit on, unless there are fewer than are held. */
  #takeBack(): void {
    const wait = this.#used > this.#total ? null : this.#waiting.shift();
    if (wait === null) this.#used--;
    else wait.admit(this, this.#place);
  }

  static {
    knowInCopies(this, "CapacityLimiter");
    takeBack = (limiter) => limiter.#takeBack();
    keepShape(unannounced(() => this.#awaited()));
  }
}

/** One of the library's own, that nobody is told of. */
export function ownLimiter(total: number): CapacityLimiter {
  return unannounced(() => new CapacityLimiter(total));
}

function checkTotal(total: unknown): void {
  if (typeof total === "number" && total >= 0 && (Number.isInteger(total) || total === Infinity)) {
    return;
  }
  const message = `Expected \`total\` to be an integer of 0 or more or Infinity, got ${got(total)}`;
  throw typeof total === "number" ? new RangeError(message) : new TypeError(message);
}
