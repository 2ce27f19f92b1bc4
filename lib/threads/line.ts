import { Scope } from "../scope/scope.ts";
import type { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { Permit } from "../sync/permit.ts";
import type { Call } from "./call.ts";
import { CallQueue } from "./call-queue.ts";

/**
 * The calls that wait for permits of one limiter. A permit is held by a lane while it works for the line, not by a call,
 * so that a lane can go from call to call without asking again.
 */
export class Line {
  readonly queue: CallQueue<Call> = new CallQueue();
  readonly limiter: CapacityLimiter;
  /** Lanes that were opened for this line and have not reported yet. */
  starting = 0;
  isPumping = false;
  /** Gives out calls as far as possible. */
  readonly #pump: (line: Line) => void;
  #isDue = false;
  #wait: Scope | undefined;
  /** Waited for and not yet used. */
  #granted: Permit | undefined;

  constructor(limiter: CapacityLimiter, pump: (line: Line) => void) {
    this.limiter = limiter;
    this.#pump = pump;
  }

  /**
   * Has calls given out at the end of this turn: tiny ones that come together go together, since a message costs more than
   * each of them.
   */
  pumpSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#pump(this);
    });
  }

  /** A permit, if there is one. If not, the line waits for one in the limiter's order, on behalf of all its calls. */
  takePermit(): Permit | undefined {
    const permit = this.#granted ?? this.limiter.tryAcquire();
    this.#granted = undefined;
    if (permit === undefined) this.#waitForPermit();
    return permit;
  }

  /** Whether a lane may go on to the next call with the permit that it has: nobody else is kept waiting by it. */
  get mayKeepPermit(): boolean {
    const { total, used, waiting } = this.limiter.statistics();
    return used <= total && waiting <= (this.#wait === undefined ? 0 : 1);
  }

  /** Gives back what was waited for once no call needs it any more. */
  settle(): void {
    if (this.queue.size > 0) return;
    this.#granted?.release();
    this.#granted = undefined;
    this.#wait?.cancel();
  }

  #waitForPermit(): void {
    if (this.#wait !== undefined) return;
    const wait = new Scope(null, "a line of a thread pool", false);
    this.#wait = wait;
    this.limiter.acquire(wait).then(
      (permit) => {
        this.#wait = undefined;
        this.#granted = permit;
        this.#pump(this);
        this.settle();
      },
      () => {
        this.#wait = undefined;
        if (this.queue.size > 0) this.#pump(this);
      },
    );
  }
}
