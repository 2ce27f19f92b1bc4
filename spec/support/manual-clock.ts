import type { Clock } from "../../lib/scope/clock.ts";
import { replaceClock } from "../../lib/scope/timers.ts";

/** A clock in place of the host's that moves only when a test says so. */
export class ManualClock implements Clock, Disposable {
  #time = 1_000;
  #alarm: { at: number; ring: () => void } | null = null;
  readonly #putBack: () => void = replaceClock(this);

  now(): number {
    return this.#time;
  }

  setAlarm(at: number, ring: () => void): void {
    this.#alarm = { at, ring };
  }

  restAlarm(): void {
    this.#alarm = null;
  }

  /** Whether somebody waits for a time to come. */
  get armed(): boolean {
    return this.#alarm !== null;
  }

  /** Lets time pass without anybody being told, as when the event loop is busy. */
  pass(ms: number): void {
    this.#time += ms;
  }

  /** Lets time pass and rings every alarm that is due by then, in its order. */
  advance(ms: number): void {
    const end = this.#time + ms;
    for (let alarm = this.#alarm; alarm !== null && alarm.at <= end; alarm = this.#alarm) {
      this.#time = Math.max(this.#time, alarm.at);
      this.#alarm = null;
      alarm.ring();
    }
    this.#time = end;
  }

  [Symbol.dispose](): void {
    this.#putBack();
  }
}
