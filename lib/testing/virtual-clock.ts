import { SkeinError } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import type { Clock } from "../scope/clock.ts";
import { checkDuration } from "../scope/durations.ts";
import { replaceClock } from "../scope/timers.ts";
import { watchActivity } from "./activity.ts";
import { isAwaited, tellAll, untilQuiet } from "./until-idle.ts";
import { replaceTimers } from "./virtual-timers.ts";

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

class JumpingClock implements Clock, VirtualClock {
  #time: number = performance.now();
  #alarm: { readonly at: number; readonly ring: () => void } | null = null;
  #byHand = 0;
  #ended = false;

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
    this.#byHand++;
    try {
      await untilQuiet();
      while (this.#alarm !== null && this.#alarm.at <= end) {
        this.#jump();
        await untilQuiet();
      }
      this.#time = Math.max(this.#time, end);
    } finally {
      this.#byHand--;
    }
  }

  /** Jumps to the next alarm whenever everything is idle. */
  async run(): Promise<void> {
    while (!this.#ended) {
      await untilQuiet();
      if (this.#ended || this.#byHand > 0 || isAwaited()) continue;
      if (this.#alarm !== null && this.#alarm.at < Infinity) this.#jump();
    }
  }

  end(): void {
    this.#ended = true;
    tellAll();
  }

  #jump(): void {
    const { at, ring } = this.#alarm!;
    this.#alarm = null;
    this.#time = Math.max(this.#time, at);
    ring();
  }
}

let running = false;

/**
 * Runs `body` in virtual time: when nothing can happen any more without time passing, the clock jumps to the next
 * timer that is due. An hour's sleep ends at once, in the right order among all others; deadlines, delays of retries, global
 * `setTimeout` and `setInterval` and `performance.now()` keep the same time. I/O, child processes and threads take the time
 * that they take: the clock waits for them, see {@link untilIdle} for what it can see.
 *
 * Not in virtual time: `Date`, `node:timers` when imported, timers that were started before. The clock is the process's,
 * so no two tests of one process may use it at a time.
 *
 * @param body - called at once
 * @throws TypeError, synchronously, if `body` is no function; `SkeinError` with the code `ERR_SKEIN_TEST_OVERLAP` if another
 *   body is running
 *
 * @example
 * ```ts
 * import { moveOnAfter, sleep } from "skein";
 * import { withVirtualClock } from "skein/testing";
 *
 * await withVirtualClock(async (clock) => {
 *   const start = clock.now();
 *   const outcome = await moveOnAfter(3_600_000, (scope) => sleep(7_200_000, scope));
 *   console.log(outcome.done, clock.now() - start);
 * });
 * // prints: false 3600000
 * ```
 *
 * @public
 */
export function withVirtualClock<T>(body: (clock: VirtualClock) => T | PromiseLike<T>): Promise<T> {
  checkBody("body", body);
  if (running) {
    throw new SkeinError(
      "ERR_SKEIN_TEST_OVERLAP",
      "Another body runs in virtual time: there is one clock, so run such tests one after another",
    );
  }
  running = true;
  return inVirtualTime(body);
}

async function inVirtualTime<T>(body: (clock: VirtualClock) => T | PromiseLike<T>): Promise<T> {
  const clock = new JumpingClock();
  const unwatch = watchActivity();
  const putClockBack = replaceClock(clock);
  const putTimersBack = replaceTimers();
  try {
    void clock.run();
    return await body(clock);
  } finally {
    clock.end();
    putTimersBack();
    putClockBack();
    unwatch();
    running = false;
  }
}
