import type { Seat } from "./call.ts";
import type { Lane } from "./lane.ts";

/** Which lane holds which iteration. */
export class Seats {
  readonly #lanes = new WeakMap<Seat, Lane>();

  take(seat: Seat, lane: Lane): void {
    lane.seat = seat;
    this.#lanes.set(seat, lane);
  }

  /** The lane that holds the iteration, if it is suspended there. */
  laneOf(seat: Seat): Lane | undefined {
    const lane = this.#lanes.get(seat);
    const isSuspended = lane?.seat === seat && lane.phase === "open" && lane.calls.length === 0;
    return isSuspended ? lane : undefined;
  }
}
