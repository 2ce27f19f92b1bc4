// The host's: threads take real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import type { Call } from "./call.ts";
import type { Fleet } from "./fleet.ts";
import type { Lane } from "./lane.ts";
import { reportStuck } from "./reports.ts";

/** How long a function that asks whether it is cancelled has to stop, unless its caller says otherwise. */
const GRACE_MS = 50;
/** A thread that takes longer than this to end is in native code, which nothing can interrupt. */
const STUCK_MS = 1000;

/** Stops functions that run: by a word, and by ending their thread if they do not listen. */
export class Interrupter {
  readonly #fleet: Fleet;
  readonly #graces = new Map<Call, NodeJS.Timeout>();
  /** Lanes whose thread is being ended, and the watch on whether it does. */
  readonly #kills = new Map<Lane, NodeJS.Timeout>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** What `onCancel` says. The call is running on the lane. */
  cancel(call: Call, lane: Lane, reason: unknown): void {
    const { onCancel, ownScope } = call.options;
    // A shield keeps out what comes from outside; the call's own deadline still counts.
    if (onCancel === "shield" && call.cancellation?.event?.source !== ownScope) return;
    lane.flag(call);
    if (onCancel === "abandon") call.reject(reason);
    else if (onCancel !== "cooperate") this.stop(call, lane);
  }

  /** Ends the thread of a running call, now or when the function's time to stop by itself is over. */
  stop(call: Call, lane: Lane): void {
    lane.flag(call);
    const graceMs = call.options.graceMs ?? (lane.hasAsked(call) ? GRACE_MS : 0);
    if (graceMs === 0) {
      this.#kill(call, lane);
    } else if (graceMs !== Infinity && !this.#graces.has(call)) {
      this.#graces.set(
        call,
        setTimeout(() => this.#kill(call, lane), graceMs),
      );
    }
  }

  settled(call: Call): void {
    if (this.#graces.size === 0) return;
    clearTimeout(this.#graces.get(call));
    this.#graces.delete(call);
  }

  /** The lane's worker has reported, if it was to be ended before anyone knew which thread it is. */
  opened(lane: Lane): void {
    if (lane.phase === "ending") this.#fleet.terminate(lane);
  }

  /** The lane's thread has ended; says whether because of this. */
  ended(lane: Lane): boolean {
    clearTimeout(this.#kills.get(lane));
    return this.#kills.delete(lane);
  }

  #kill(call: Call, lane: Lane): void {
    if (lane.phase !== "open" && lane.phase !== "starting") return;
    // It has ended, and its answer is on the way: the thread may be at work on somebody else's call.
    if (!lane.doom(call)) return;
    const isKnown = lane.phase === "open";
    lane.phase = "ending";
    this.#kills.set(
      lane,
      setTimeout(() => reportStuck(call), STUCK_MS),
    );
    if (isKnown) this.#fleet.terminate(lane);
  }
}
