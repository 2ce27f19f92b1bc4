// The host's: threads take real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import { availableParallelism } from "node:os";
import { type CapacityLimiter, ownLimiter } from "../../sync/capacity-limiter.ts";
import type { Call } from "./call.ts";
import { BlockedThreads } from "./blocked-threads.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { CallQueue } from "./call-queue.ts";
import type { Program } from "./program.ts";

/** How many calls may compute at once. */
const PROCESSORS = Math.max(2, availableParallelism());
/** How many calls may run at once if they only wait: as many as anyio allows. */
const MOST_BLOCKED = 40;
/** How often it is asked which threads are blocked, while calls wait, and while none does. */
const LOOK_MS = 5;
const LOOK_AGAIN_MS = 25;

/**
 * Which calls wait for which. With a limiter given, all that use it do, in order of arrival. Otherwise:
 *
 * - calls that compute share as many permits as there are processors
 * - a call that turns out to be blocked gives its permit away and gets one of another kind
 * - calls of functions that are known to be short, or to block, need not wait for those that compute
 */
export class Queues {
  readonly #dispatcher: Dispatcher;
  /** For a pool with a limiter or a width of its own. */
  readonly #own: CallQueue<Call> | undefined;
  readonly #given = new WeakMap<CapacityLimiter, CallQueue<Call>>();
  readonly #computing = ownLimiter(PROCESSORS);
  readonly #blocked = ownLimiter(MOST_BLOCKED - PROCESSORS);
  /** For a short call beside those that compute. */
  readonly #beside = ownLimiter(1);
  /** For calls that were taken for short. */
  readonly #overdue = ownLimiter(PROCESSORS);
  readonly #plain: CallQueue<Call>;
  readonly #short: CallQueue<Call>;
  readonly #blocking: CallQueue<Call>;
  readonly #look = new BlockedThreads();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    dispatcher: Dispatcher,
    limiter: CapacityLimiter | undefined,
    maxThreads: number | undefined,
  ) {
    this.#dispatcher = dispatcher;
    const computing = this.#computing;
    this.#plain = this.#queue([computing]);
    this.#short = this.#queue([computing, this.#beside]);
    this.#blocking = this.#queue([computing, this.#blocked]);
    if (limiter !== undefined) this.#own = this.#sharedQueue(limiter);
    else if (maxThreads !== undefined) this.#own = this.#queue([ownLimiter(maxThreads)]);
  }

  queueFor(program: Program | undefined, given: CapacityLimiter | undefined): CallQueue<Call> {
    if (given !== undefined) return this.#sharedQueue(given);
    if (this.#own !== undefined) return this.#own;
    if (program?.isShort === true) return this.#short;
    return program?.blocks === true ? this.#blocking : this.#plain;
  }

  /** Calls wait for want of permits. */
  crowded(): void {
    if (this.#own === undefined) this.#lookAfter(LOOK_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #queue(limiters: CapacityLimiter[]): CallQueue<Call> {
    return new CallQueue(limiters, false, () => this.#dispatcher.pump());
  }

  #sharedQueue(limiter: CapacityLimiter): CallQueue<Call> {
    let queue = this.#given.get(limiter);
    if (queue === undefined) {
      queue = new CallQueue([limiter], true, () => this.#dispatcher.pump());
      this.#given.set(limiter, queue);
    }
    return queue;
  }

  #lookAfter(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#settleBlocked();
    }, ms).unref();
  }

  #settleBlocked(): void {
    const waiting = this.#dispatcher.callsUnder(this.#blocked);
    const calls = [this.#computing, this.#beside].flatMap((limiter) =>
      this.#dispatcher.callsUnder(limiter),
    );
    for (const [call, found] of this.#look.look([...calls, ...waiting])) {
      const program = programOf(call);
      if (program !== undefined) program.blocks = found === "blocked";
      if (call.limiter === this.#blocked) continue;
      if (found === "blocked") this.#move(call, this.#blocked);
      else if (call.limiter === this.#beside) this.#move(call, this.#overdue);
    }
    const isCrowded = [this.#plain, this.#short, this.#blocking].some(
      ({ calls }) => calls.size > 0,
    );
    this.#dispatcher.pump();
    if (isCrowded) this.#lookAfter(LOOK_MS);
    else if (waiting.length > 0) this.#lookAfter(LOOK_AGAIN_MS);
  }

  /** What the call has kept from others is there for them. */
  #move(call: Call, limiter: CapacityLimiter): void {
    const permit = limiter.tryAcquire();
    if (permit === undefined) return;
    call.permit!.release();
    call.permit = permit;
    call.limiter = limiter;
  }
}

function programOf({ work }: Call): Program | undefined {
  return work.kind === "resume" ? undefined : work.program;
}
