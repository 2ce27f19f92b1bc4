import { checkBody } from "../scope/body.ts";
import { checkBoolean } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { GRACE_MS, watchActivity } from "./activity.ts";
import { claim, isClaimed } from "./claim.ts";
import type { VirtualClock } from "./jumping-clock.ts";
import { replaceDate } from "./virtual-date.ts";
import { currentClock, inVirtualTime, startNow } from "./virtual-time.ts";

/**
 * What {@link withVirtualClock} makes virtual.
 *
 * @public
 */
export interface VirtualClockOptions {
  /** Whether the global `Date` is in virtual time, too, from the real time on; it is not by default. */
  date?: boolean | undefined;
}

const CLOCK_OPTIONS = /* @__PURE__ */ new KnownOptions<VirtualClockOptions>(
  "A virtual clock",
  () => ({
    date: checkBoolean,
  }),
);

/**
 * Runs `body` in virtual time: when nothing can happen any more without time passing, the clock jumps to the next timer
 * that is due. An hour's sleep ends at once, in the right order among all others; deadlines, delays of retries, global
 * `setTimeout` and `setInterval` and `performance.now()` keep the same time, and so does `Date` if that is asked for.
 * I/O, child processes and threads take the time that they take: the clock waits for them, see {@link untilIdle} for
 * what it can see.
 *
 * When everything waits and there is nothing left to wait for, no timer and no I/O, the promise rejects, and what is
 * left is cancelled with the same error.
 *
 * Not in virtual time: `Date` by default, `node:timers` when imported, timers that were started before. The clock is
 * the process's, so no two tests of one process may use it at a time.
 *
 * @param body - called at once
 * @param options - what else is in virtual time
 * @returns what the body gives
 * @throws TypeError, synchronously, if an argument is invalid; `SkeinError` with the code `ERR_SKEIN_TEST_OVERLAP` if
 *   another body is running; `DeadlockError`, with the tree of tasks in its message, if everything waits for ever
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
export function withVirtualClock<T>(
  body: (clock: VirtualClock) => T | PromiseLike<T>,
  options?: VirtualClockOptions,
): Promise<T> {
  checkBody("body", body);
  const { date = false } = CLOCK_OPTIONS.read(options);
  const shared = isClaimed("order") ? currentClock() : null;
  if (shared !== null) return within(shared, body, date);
  const release = claim("time");
  const unwatch = watchActivity();
  return inVirtualTime(startNow(), GRACE_MS, (clock) => within(clock, body, date)).finally(() => {
    unwatch();
    release();
  });
}

async function within<T>(
  clock: VirtualClock,
  body: (clock: VirtualClock) => T | PromiseLike<T>,
  date: boolean,
): Promise<T> {
  const putDateBack = date ? replaceDate(() => clock.now() + performance.timeOrigin) : null;
  try {
    return await body(clock);
  } finally {
    putDateBack?.();
  }
}
