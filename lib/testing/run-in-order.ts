import { restartOperations } from "../channels/turns.ts";
import { replaceChance } from "../scope/chance.ts";
import { setTurns } from "../scope/turns.ts";
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
  const turnsBefore = setTurns(scheduler);
  const putChanceBack = replaceChance((count) =>
    chooser.choose({ kind: "pick", count, whose: Array<null>(count).fill(null) }),
  );
  const { random: randomBefore } = Math;
  Math.random = random;
  restartOperations();
  try {
    return await body();
  } finally {
    setTurns(turnsBefore);
    putChanceBack();
    Math.random = randomBefore;
    scheduler.end();
  }
}
