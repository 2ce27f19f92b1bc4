import { PlainScope, type Scope } from "../../scope/scope.ts";
import type { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { Permit } from "../../sync/permit.ts";
import { CallList, type Listed } from "./call-list.ts";

/** What can stand in a queue. */
export interface QueuedCall<C extends QueuedCall<C>> extends Listed<C> {
  permit: Permit | undefined;
  /** Where the permit is from. */
  limiter: CapacityLimiter | undefined;
}

/** The calls that wait for permits of the same limiters. First come, first served. */
export class CallQueue<C extends QueuedCall<C>> {
  readonly calls: CallList<C> = new CallList();
  /** In the order in which they are asked for a permit. */
  readonly limiters: readonly CapacityLimiter[];
  /** Whether others may use the limiter as well, so that it does not tell us when a permit is free. */
  readonly #isShared: boolean;
  readonly #onPermit: () => void;
  #wait: Scope | undefined;
  /** Waited for and not yet used. */
  #granted: Permit | undefined;

  constructor(limiters: readonly CapacityLimiter[], isShared: boolean, onPermit: () => void) {
    this.limiters = limiters;
    this.#isShared = isShared;
    this.#onPermit = onPermit;
  }

  /**
   * Gives a call a permit, if there is one. If not, the queue waits for one in the limiter's order, for all its calls.
   */
  permit(call: C): boolean {
    for (const limiter of this.limiters) {
      const permit = this.#granted ?? limiter.tryAcquire();
      if (permit === undefined) continue;
      this.#granted = undefined;
      call.permit = permit;
      call.limiter = limiter;
      return true;
    }
    if (this.#isShared && this.#wait === undefined) this.#waitForPermit();
    return false;
  }

  /** Sees to a permit before there is a thread, which takes longer than to get one. */
  reserve(): void {
    if (!this.#isShared || this.#granted !== undefined || this.#wait !== undefined) return;
    this.#granted = this.limiters[0]!.tryAcquire();
    if (this.#granted === undefined) this.#waitForPermit();
  }

  /** How many more calls could have a permit now. */
  get permits(): number {
    let free = this.#granted === undefined ? 0 : 1;
    for (const limiter of this.limiters) {
      const { total, used } = limiter.statistics();
      free += Math.max(0, total - used);
    }
    return free;
  }

  /** Gives back what was waited for if no call needs it any more. */
  rest(): void {
    this.#granted?.release();
    this.#granted = undefined;
    this.#wait?.cancel();
    this.#wait = undefined;
  }

  #waitForPermit(): void {
    const wait = new PlainScope(null, "a queue of a thread pool", false);
    this.#wait = wait;
    this.limiters[0]!.acquire(wait).then(
      (permit) => {
        if (this.#wait !== wait) return permit.release();
        this.#wait = undefined;
        this.#granted = permit;
        this.#onPermit();
      },
      () => {},
    );
  }
}
