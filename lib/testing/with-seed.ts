import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { KnownOptions } from "../scope/options.ts";
import { GRACE_MS, watchActivity } from "./activity.ts";
import { ListChooser, mulberry32, RandomChooser } from "./chooser.ts";
import { claim } from "./claim.ts";
import type { JumpingClock, VirtualClock } from "./jumping-clock.ts";
import { runInOrder } from "./run-in-order.ts";
import { currentClock, inVirtualTime, startNow } from "./virtual-time.ts";

/**
 * An order in which a program runs, as a list of answers: at each point of the run at which it can go on in several
 * ways, which of them it does, modulo their number. 0 is the way that it would go anyway, and after the last answer all
 * are 0: so the empty list is the usual order, and each other number is a step away from it.
 *
 * @public
 */
export type Schedule = readonly number[];

/**
 * How {@link withSeed} runs its body.
 *
 * @public
 */
export interface SeedOptions {
  /**
   * How late a sleeper may wake up, or anybody else go on, while time passes: in milliseconds of whichever clock there
   * is, 20 by default. With 0, nobody is ever late, and in virtual time only what happens at one time changes places.
   * Nobody is kept past a deadline in any case.
   */
  lateMs?: number | undefined;
}

const SEED_OPTIONS = /* @__PURE__ */ new KnownOptions<SeedOptions>("A seeded run", () => ({
  lateMs: checkDuration,
}));

export const LATE_MS = 20;

/**
 * Runs `body` with another interleaving of its tasks. Whenever something of skein is ready - a task to begin, a sleeper
 * to wake up, a wait that is over, also one that was over at once, as that for a free lock - it goes on at once or is
 * kept, and whenever everything has come to rest, one of those that were kept goes on or, up to `lateMs`, the next
 * timer is waited for. The seed decides. The same seed gives the same run, if nothing but tasks, waits and a virtual
 * clock decides what happens; `Math.random` is the seed's, too.
 *
 * Every such run could happen: nothing goes on before what it waits for. What skein promises of its order still holds:
 * tasks begin in the order of spawning, queues are served first come, first served. The empty schedule is the usual
 * order: what the program does without all this.
 *
 * @param seed - any number, or the answers of a schedule
 * @param body - called at once
 * @param options - how late somebody may be
 * @returns what the body gives
 * @throws TypeError or RangeError, synchronously, if an argument is invalid; `SkeinError` with the code
 *   `ERR_SKEIN_TEST_OVERLAP` if another body is running
 *
 * @example
 * ```ts
 * import { Lock, taskGroup } from "skein";
 * import { withSeed } from "skein/testing";
 *
 * async function lostUpdate() {
 *   const lock = new Lock();
 *   let count = 0;
 *   const add = async () => {
 *     const before = await lock.with(() => count);
 *     await lock.with(() => (count = before + 1)); // somebody may have been here in between
 *   };
 *   await taskGroup((group) => {
 *     group.spawn(add);
 *     group.spawn(add);
 *   });
 *   return count;
 * }
 * const counts = new Set<number>();
 * for (let seed = 0; seed < 100; seed++) counts.add(await withSeed(seed, lostUpdate));
 * console.log([...counts].sort());
 * // prints: [ 1, 2 ]
 * ```
 *
 * @public
 */
export function withSeed<T>(
  seed: number | Schedule,
  body: (clock: VirtualClock) => T | PromiseLike<T>,
  options?: SeedOptions,
): Promise<T> {
  checkBody("body", body);
  if (typeof seed !== "number") checkSchedule("seed", seed, "a number or ");
  const { lateMs = LATE_MS } = SEED_OPTIONS.read(options);
  const release = claim("order");
  const random = mulberry32(typeof seed === "number" ? seed : 0);
  const chooser = typeof seed === "number" ? new RandomChooser(random) : new ListChooser(seed);
  const run = (clock: JumpingClock): Promise<T> =>
    runInOrder(chooser, clock, lateMs, random, () => body(clock));
  return onTheClock(run).finally(release);
}

/** Runs a body in virtual time: in that which there is, or in some of its own. */
function onTheClock<T>(body: (clock: JumpingClock) => Promise<T>): Promise<T> {
  const clock = currentClock();
  if (clock !== null) return body(clock);
  const release = claim("time");
  const unwatch = watchActivity();
  return inVirtualTime(startNow(), GRACE_MS, body).finally(() => {
    unwatch();
    release();
  });
}

/** Refuses what is no list of answers. */
function checkSchedule(name: string, schedule: unknown, or = ""): asserts schedule is Schedule {
  const expected = `Expected \`${name}\` to be ${or}the answers of a schedule, integers of 0 or more`;
  if (!Array.isArray(schedule)) throw new TypeError(`${expected}, got ${got(schedule)}`);
  for (const [index, answer] of schedule.entries()) {
    if (Number.isInteger(answer) && answer >= 0) continue;
    throw new RangeError(`${expected}, got ${got(answer)} at ${index}`);
  }
}
