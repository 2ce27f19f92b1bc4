import { replaceClock } from "../scope/timers.ts";
import { breakDeadlock } from "./deadlock.ts";
import { rootsNow } from "./roots.ts";
import { JumpingClock } from "./jumping-clock.ts";
import { replaceTimers } from "./virtual-timers.ts";

let current: JumpingClock | null = null;

/** The clock of the body that runs in virtual time, if one does. */
export function currentClock(): JumpingClock | null {
  return current;
}

/** The time at which virtual time begins: a whole number, so that sums of whole numbers are the same whenever it is. */
export function startNow(): number {
  return Math.ceil(performance.now());
}

/**
 * Runs a body on a clock that jumps.
 *
 * @param start - see {@link startNow}
 * @param graceMs - how long nothing may happen, in real time, before it counts as a deadlock
 */
export async function inVirtualTime<T>(
  start: number,
  graceMs: number,
  body: (clock: JumpingClock) => T | PromiseLike<T>,
): Promise<T> {
  const clock = new JumpingClock(start);
  current = clock;
  const putClockBack = replaceClock(clock);
  const putTimersBack = replaceTimers();
  try {
    return await untilStuck(clock, graceMs, () => body(clock));
  } finally {
    clock.end();
    putTimersBack();
    putClockBack();
    current = null;
  }
}

/** Rejects once everything waits for ever, after what hears of that has ended. */
function untilStuck<T>(
  clock: JumpingClock,
  graceMs: number,
  body: () => T | PromiseLike<T>,
): Promise<T> {
  const before = rootsNow();
  return new Promise((resolve, reject) => {
    let deadlock: unknown;
    const onStuck = (): void => {
      if (deadlock === undefined) deadlock = breakDeadlock(before);
      else reject(deadlock);
    };
    void clock.run(graceMs, onStuck);
    const settle = (end: () => void): void => (deadlock === undefined ? end() : reject(deadlock));
    new Promise<T>((give) => give(body())).then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
