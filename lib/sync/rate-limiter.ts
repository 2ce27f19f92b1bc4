import { DeadlineError, got } from "../errors.ts";
import { knowInCopies } from "../errors/copies.ts";
import { checkBody } from "../scope/body.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { CancelScope, ScopeLike } from "../scope/cancel-scope.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuseNumber } from "../scope/refuse.ts";
import { keepShape } from "../scope/shapes.ts";
import { now, remove, schedule, type Timer } from "../scope/timers.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";
import { announceLimiter, unannounced } from "./limiter-event.ts";
import { holding, type Permit } from "./permit.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * How often a {@link RateLimiter} lets somebody go ahead.
 *
 * @public
 */
export interface RateLimiterOptions {
  /** How many tokens come in, evenly, in `perMs`: an integer of 1 or more. */
  readonly limit: number;
  /** The time that `limit` is counted in, in milliseconds: above 0, and finite. */
  readonly perMs: number;
  /** How many tokens can be there at once after a pause: an integer of 1 or more; as many as `limit` by default. */
  readonly burst?: number | undefined;
}

/**
 * What a {@link RateLimiter} is doing at the moment.
 *
 * @public
 */
export interface RateLimiterStatistics {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
  /** How many tokens could be taken now; 0 while somebody waits. */
  readonly available: number;
  /** How many calls of `acquire` wait. */
  readonly waiting: number;
  /** How long one more call would wait for a token, in milliseconds. */
  readonly delayMs: number;
}

const OPTIONS = /* @__PURE__ */ new KnownOptions<RateLimiterOptions>("A rate limiter", () => ({
  limit: checkNumberOfTokens,
  perMs: checkPeriod,
  burst: checkNumberOfTokens,
}));

/** Whoever is let go ahead has spent the token: there is nothing to give back. */
const SPENT: Permit = Object.freeze({ release() {}, [Symbol.dispose]() {} });

let serve: (limiter: RateLimiter) => void;
let left: (limiter: RateLimiter, tokens: number) => void;

/** One who waits for tokens. */
class TokenWait extends QueuedWait<Permit> {
  readonly tokens: number;
  readonly #limiter: RateLimiter;

  constructor(scope: ParentScope | null, limiter: RateLimiter, tokens: number) {
    super(scope);
    this.tokens = tokens;
    this.#limiter = limiter;
  }

  override _waitsFor(): string {
    return "its turn at a rate limiter";
  }

  override _withdraw(): void {
    super._withdraw();
    left(this.#limiter, this.tokens);
  }

  /** Those behind may want less, and need not wait any more. */
  override _deliver(cancellation: Cancellation): void {
    super._deliver(cancellation);
    serve(this.#limiter);
  }
}

class ServeTimer implements Timer {
  at = 0;
  _order = 0;
  _place = -1;
  /** What it was last set for; `undefined` while it is not set. */
  #setFor: number | undefined;
  readonly #limiter: RateLimiter;

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter;
  }

  get _slips(): boolean {
    return true;
  }

  _expire(): void {
    serve(this.#limiter);
  }

  set(at: number): void {
    if (this.#setFor === at && this._place >= 0) return;
    remove(this);
    this.at = this.#setFor = at;
    schedule(this);
  }

  rest(): void {
    if (this.#setFor === undefined) return;
    this.#setFor = undefined;
    remove(this);
  }

  /** By how much the clock has moved it since it was last looked at, if it is set. */
  moved(): number | undefined {
    if (this.#setFor === undefined) return undefined;
    const moved = this.at - this.#setFor;
    this.#setFor = this.at;
    return moved;
  }
}

/**
 * Lets callers go ahead so often and no more: `limit` in `perMs`, evenly, and after a pause up to `burst` at once; the
 * others wait in order of arrival. For what somebody counts by time: requests to an API, mails, log lines. For how many
 * run at once there is {@link CapacityLimiter}.
 *
 * In no time of any length are more than `burst + limit × length / perMs` let go ahead. Where a server counts each
 * `perMs` by itself and must never see more than `limit` in one, give `burst: 1`.
 *
 * A call that could not be served before the deadline of its scope is refused at once, so that it does not spend the
 * time of its caller and a place in the line on nothing. One that is cancelled while it waits takes no token, and those
 * behind it move up.
 *
 * It counts on the clock of `performance.now()`, and has no timer while nobody waits. It stands wherever a limiter
 * does: as `concurrency` of a group or a map, as `limit` of a provider or of `retry`.
 *
 * The algorithm is the token bucket, as Go's `golang.org/x/time/rate` has it.
 *
 * @example
 * ```ts
 * import { RateLimiter } from "skein";
 * import { withVirtualClock } from "skein/testing";
 *
 * await withVirtualClock(async () => {
 *   const limiter = new RateLimiter({ limit: 2, perMs: 1_000 });
 *   const start = performance.now();
 *   const times = [1, 2, 3, 4].map(() => limiter.with(() => performance.now() - start));
 *   console.log(await Promise.all(times));
 * });
 * // prints: [ 0, 0, 500, 1000 ]
 * ```
 *
 * @public
 */
export class RateLimiter {
  readonly #bucket: TokenBucket;
  /** Invariant: while somebody waits, the timer is set for when the first can be served. */
  readonly #waiting = new WaitQueue<TokenWait>();
  /** How many tokens those who wait are going to take. */
  #wanted = 0;
  readonly #timer = new ServeTimer(this);
  /** When the last look at the clock was. */
  #seenAt = -Infinity;

  /**
   * @param options - `limit` tokens in `perMs` milliseconds, at most `burst` at once
   * @throws TypeError or RangeError if an option is invalid
   */
  constructor(options: RateLimiterOptions) {
    const { limit, perMs, burst = limit } = OPTIONS.read(options);
    checkNumberOfTokens("limit", limit);
    checkPeriod("perMs", perMs);
    this.#bucket = new TokenBucket(limit, perMs, burst);
    announceLimiter("RateLimiter", this);
  }

  /**
   * Waits for tokens. First come, first served: one that wants many is not overtaken by one that wants few.
   *
   * **Cancellation:** rejects with the scope's reason and takes no token. Once it was let go ahead, the tokens are
   * spent, whatever comes after.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @param tokens - how many to wait for: an integer of 1 or more, at most `burst`; 1 by default
   * @returns what stands for the right to go ahead; releasing it does nothing, for what is spent comes back with time
   *   alone
   * @throws DeadlineError, through the promise and at once, if the deadline of the scope, or of one around it up to a
   * shield, comes before the tokens. It is a failure like any other: `moveOnAfter` does not take it for its own
   * @throws TypeError or RangeError, synchronously, if `tokens` is no such number
   */
  acquire(scope?: ScopeLike, tokens: number = 1): Promise<Permit> {
    this.#checkTokens(tokens);
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    if (this.#take(tokens)) return inRunOrder(parent, Promise.resolve(SPENT));
    const at = this.#bucket.timeOf(this.#wanted + tokens);
    if (parent !== null && at >= parent.effectiveDeadline) {
      return Promise.reject(this.#tooLate(at, parent));
    }
    const wait = new TokenWait(parent, this, tokens);
    this.#waiting.push(wait);
    this.#wanted += tokens;
    if (this.#waiting.first === wait) this.#timer.set(at);
    return wait.promise;
  }

  /**
   * Takes tokens if they are there at this moment and nobody waits.
   *
   * @param tokens - how many: an integer of 1 or more, at most `burst`; 1 by default
   * @returns what stands for the right to go ahead, or `undefined`
   * @throws TypeError or RangeError if `tokens` is no such number
   */
  tryAcquire(tokens: number = 1): Permit | undefined {
    this.#checkTokens(tokens);
    return this.#take(tokens) ? SPENT : undefined;
  }

  /**
   * Runs a function once there are tokens for it.
   *
   * **Cancellation:** of the wait for the tokens: rejects with the scope's reason, and the function was not called.
   * Once it runs, stopping it is its own business.
   *
   * @param fn - always called later than the next line, whether tokens are there or not
   * @param scope - the scope to wait for the tokens under, or anything with a `signal`; none by default
   * @param tokens - how many it takes: an integer of 1 or more, at most `burst`; 1 by default
   * @returns what the function returns
   * @throws DeadlineError, through the promise, if the deadline of the scope comes before the tokens; the function was
   *   not called
   * @throws TypeError or RangeError, synchronously, if an argument is invalid
   */
  with<T>(fn: () => T | PromiseLike<T>, scope?: ScopeLike, tokens?: number): Promise<T> {
    checkBody("fn", fn);
    return holding(this.acquire(scope, tokens), fn, undefined, []);
  }

  /**
   * How many tokens are there, how many calls wait, and how long another one would.
   *
   * @returns the state at this moment
   */
  statistics(): RateLimiterStatistics {
    const time = this.#look();
    const { limit, perMs, burst } = this.#bucket;
    const waiting = this.#waiting.size;
    const delayMs = Math.max(0, this.#bucket.timeOf(this.#wanted + 1) - time);
    return {
      limit,
      perMs,
      burst,
      available: waiting > 0 ? 0 : this.#bucket.at(time),
      waiting,
      delayMs,
    };
  }

  /** Whether there were so many tokens for somebody who comes now. */
  #take(tokens: number): boolean {
    const time = this.#serve();
    if (this.#waiting.size > 0 || this.#bucket.timeOf(tokens) > time) return false;
    this.#bucket.take(tokens);
    return true;
  }

  /** Lets those go ahead whose tokens are there; gives the time. */
  #serve(): number {
    const time = this.#look();
    const bucket = this.#bucket;
    let first = this.#waiting.first;
    while (first !== null && bucket.timeOf(first.tokens) <= time) {
      this.#waiting.remove(first);
      this.#wanted -= first.tokens;
      bucket.take(first.tokens);
      first.grant(SPENT);
      first = this.#waiting.first;
    }
    if (first === null) this.#timer.rest();
    else this.#timer.set(bucket.timeOf(first.tokens));
    return time;
  }

  /**
   * Reads the clock. Where a test has put another in its place, or back, the timer was moved with all others; without
   * one, a clock that goes back is what shows it.
   */
  #look(): number {
    const time = now();
    const moved = this.#timer.moved();
    if (moved !== undefined) this.#bucket.shift(moved);
    else if (time < this.#seenAt) this.#bucket.shift(time - this.#seenAt);
    this.#seenAt = time;
    this.#bucket.fill(time);
    return time;
  }

  #tooLate(at: number, scope: CancelScope): DeadlineError {
    const { limit, perMs } = this.#bucket;
    const inMs = (time: number): number => Math.max(0, Math.ceil(time - this.#seenAt));
    return new DeadlineError(
      `A rate limiter (${limit} in ${perMs} ms, ${this.#waiting.size} waiting) could let this go ahead in ${inMs(at)} ms, ` +
        `and the deadline is in ${inMs(scope.effectiveDeadline)} ms`,
    );
  }

  #checkTokens(tokens: number): void {
    checkNumberOfTokens("tokens", tokens);
    const { burst } = this.#bucket;
    if (tokens <= burst) return;
    throw new RangeError(
      `Expected \`tokens\` to be at most the \`burst\` of the rate limiter, ${burst}, got ${got(tokens)}: so many are never there at once`,
    );
  }

  static {
    knowInCopies(this, "RateLimiter");
    serve = (limiter) => void limiter.#serve();
    left = (limiter, tokens) => void (limiter.#wanted -= tokens);
    const exemplar = unannounced(() => new RateLimiter({ limit: 1, perMs: 0.5 }));
    keepShape(exemplar);
    keepShape(new TokenWait(null, exemplar, 1));
  }
}

function checkNumberOfTokens(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  refuseNumber(name, "an integer of 1 or more", value);
}

function checkPeriod(name: string, value: unknown): void {
  if (Number.isFinite(value) && (value as number) > 0) return;
  refuseNumber(name, "milliseconds above 0, and finite", value);
}
