import type { Clock } from "../scope/clock.ts";
import { checkDuration } from "../scope/durations.ts";
import { isStuck } from "./deadlock.ts";
import { isAwaited, tellAll, untilQuiet } from "./until-idle.ts";

/**
 * Time in a test.
 *
 * @public
 */
export interface VirtualClock {
  /** The time, on the clock of `performance.now()`, in milliseconds. */
  now(): number;
  /**
   * Moves the time by hand, from one timer that is due to the next, and waits after each until everything is idle.
   *
   * @param ms - how far, in milliseconds
   * @throws TypeError or RangeError, synchronously, if `ms` is no duration
   */
  advance(ms: number): Promise<void>;
}

/** How long nothing may begin once a deadlock has been broken. */
const GRACE_OF_CLEANUP_MS = 100;

/** A clock that stands while anything happens, and then jumps to the next alarm. */
export class JumpingClock implements Clock, VirtualClock {
  #time: number;
  #alarm: { readonly at: number; readonly ring: () => void } | null = null;
  /** How far each `advance` under way goes. */
  readonly #byHand = new Set<number>();
  #ended = false;

  constructor(start: number) {
    this.#time = start;
  }

  now(): number {
    return this.#time;
  }

  setAlarm(at: number, ring: () => void): void {
    this.#alarm = { at, ring };
  }

  restAlarm(): void {
    this.#alarm = null;
  }

  advance(ms: number): Promise<void> {
    checkDuration("ms", ms);
    return this.#advanceTo(this.#time + ms);
  }

  async #advanceTo(end: number): Promise<void> {
    this.#byHand.add(end);
    try {
      await untilQuiet();
      while (this.#alarm !== null && this.#alarm.at <= end) {
        this.jump();
        await untilQuiet();
      }
      this.#time = Math.max(this.#time, end);
    } finally {
      this.#byHand.delete(end);
    }
  }

  /** Whether nobody wants to see something else first. */
  mayJumpTo(at: number): boolean {
    return !isAwaited() && [...this.#byHand].every((end) => at <= end);
  }

  /** Jumps to the next alarm whenever everything is idle; tells when none will ever come. */
  async run(graceMs: number, onStuck: () => void): Promise<void> {
    for (let grace = graceMs; !this.#ended;) {
      await untilQuiet();
      if (this.#isBusy) continue;
      if (this.#hasAlarm) this.jump();
      else if ((await isStuck(grace)) && !this.#isBusy && !this.#hasAlarm) {
        grace = Math.min(grace, GRACE_OF_CLEANUP_MS);
        onStuck();
      }
    }
  }

  get #isBusy(): boolean {
    return this.#ended || this.#byHand.size > 0 || isAwaited();
  }

  get #hasAlarm(): boolean {
    return this.#alarm !== null && this.#alarm.at < Infinity;
  }

  end(): void {
    this.#ended = true;
    tellAll();
  }

  jump(): void {
    const { at, ring } = this.#alarm!;
    this.#alarm = null;
    this.#time = Math.max(this.#time, at);
    ring();
  }
}
