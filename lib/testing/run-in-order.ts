import { restartOperations } from "../channels/event-loop-turns.ts";
import { replaceRandom } from "../scope/random.ts";
import { setRunOrder } from "../scope/run-order.ts";
import type { Chooser } from "./chooser.ts";
import type { JumpingClock } from "./jumping-clock.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * Runs a body in an order that a chooser decides. Nothing else in the process may run so meanwhile.
 *
 * @param lateMs - how long somebody may be kept while time passes
 * @param random - what `Math.random` gives
 */
export async function runInOrder<T>(
  chooser: Chooser,
  clock: JumpingClock,
  lateMs: number,
  random: () => number,
  body: () => T | PromiseLike<T>,
): Promise<T> {
  const scheduler = new Scheduler(chooser, clock, lateMs);
  const turnsBefore = setRunOrder(scheduler);
  const putChanceBack = replaceRandom((count) =>
    chooser.choose({ kind: "pick", count, whose: Array<null>(count).fill(null) }),
  );
  const { random: randomBefore } = Math;
  Math.random = random;
  restartOperations();
  try {
    return await body();
  } finally {
    setRunOrder(turnsBefore);
    putChanceBack();
    Math.random = randomBefore;
    scheduler.end();
  }
}
