// The host's: threads take real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import type { Lane } from "./lane.ts";

/** A lane that nobody gives a call for one to two of these goes back to the pool. */
const LINGER_MS = 3;

/** Open lanes without a call. They linger, for the next call is often near; then their thread goes back to the pool. */
export class RestingLanes {
  readonly #lanes: Lane[] = [];
  /** Those that rested at the last look already. */
  #rested = new Set<Lane>();
  #timer: NodeJS.Timeout | undefined;
  #isDismissed = false;
  readonly #onRelease: () => void;

  constructor(onRelease: () => void) {
    this.#onRelease = onRelease;
  }

  get size(): number {
    return this.#lanes.length;
  }

  has(lane: Lane): boolean {
    return this.#lanes.includes(lane);
  }

  /** The lane used last, whose thread is the warmest. */
  take(): Lane | undefined {
    const lane = this.#lanes.pop();
    if (lane !== undefined) this.#rested.delete(lane);
    return lane;
  }

  add(lane: Lane): void {
    this.#lanes.push(lane);
    this.#timer ??= setTimeout(() => this.#look(), this.#isDismissed ? 0 : LINGER_MS);
  }

  delete(lane: Lane): void {
    const index = this.#lanes.indexOf(lane);
    if (index >= 0) this.#lanes.splice(index, 1);
    this.#rested.delete(lane);
  }

  /** From now on no lane rests. */
  dismiss(): void {
    this.#isDismissed = true;
    clearTimeout(this.#timer);
    this.#look();
  }

  #look(): void {
    this.#timer = undefined;
    for (const lane of this.#lanes.slice()) {
      if (!this.#isDismissed && !this.#rested.has(lane)) continue;
      this.delete(lane);
      lane.release();
    }
    this.#onRelease();
    this.#rested = new Set(this.#lanes);
    if (this.#lanes.length > 0) this.#timer = setTimeout(() => this.#look(), LINGER_MS);
  }
}
