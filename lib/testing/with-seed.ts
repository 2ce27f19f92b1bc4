import { got, SkeinError } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { replaceChance } from "../scope/chance.ts";
import { setTurns } from "../scope/turns.ts";
import { SeededTurns } from "./seeded-turns.ts";

/**
 * An order in which what is ready goes on: at each step, which of those that are ready, counted from the one that was
 * ready first, modulo their number. After the last step, and for the empty list, the first goes on: the usual order.
 *
 * @public
 */
export type Schedule = readonly number[];

let running = false;

/**
 * Runs `body` with another interleaving of its tasks: whenever several waits are over, the seed decides which of them
 * goes on first, and when a task begins. The same seed gives the same run, if nothing but tasks, waits and a virtual
 * clock decides what happens. What skein promises of its order still holds: tasks begin in the order of spawning, queues are
 * served first come, first served.
 *
 * Only waits of skein are moved, not promises of others, so that each run is one that could happen.
 *
 * @param seed - any number, or the steps of a schedule
 * @param body - called at once
 * @throws TypeError, synchronously, for an argument that is none of what is expected; `SkeinError` with the code
 *   `ERR_SKEIN_TEST_OVERLAP` if another body is running
 *
 * @example
 * ```ts
 * import { sleep, taskGroup } from "skein";
 * import { withSeed, withVirtualClock } from "skein/testing";
 *
 * const run = (seed: number) =>
 *   withSeed(seed, () =>
 *     withVirtualClock(async () => {
 *       const order: number[] = [];
 *       await taskGroup((group) => {
 *         for (let i = 0; i < 5; i++) group.spawn((task) => sleep(10, task).then(() => order.push(i)));
 *       });
 *       return order.join();
 *     }),
 *   );
 * console.log((await run(7)) === (await run(7)), (await run(1)) === (await run(2)));
 * // prints: true false
 * ```
 *
 * @public
 */
export function withSeed<T>(seed: number | Schedule, body: () => T | PromiseLike<T>): Promise<T> {
  checkBody("body", body);
  if (typeof seed !== "number" && !Array.isArray(seed)) {
    throw new TypeError(
      `Expected \`seed\` to be a number or the steps of a schedule, got ${got(seed)}`,
    );
  }
  if (running) {
    throw new SkeinError(
      "ERR_SKEIN_TEST_OVERLAP",
      "Another body runs with a seed: it decides for the whole process, so run such tests one after another",
    );
  }
  running = true;
  return seeded(seed, body);
}

async function seeded<T>(seed: number | Schedule, body: () => T | PromiseLike<T>): Promise<T> {
  const random = typeof seed === "number" ? mulberry32(seed) : () => 0;
  const turns = new SeededTurns(
    typeof seed === "number" ? (count) => Math.floor(random() * count) : stepsOf(seed),
  );
  const turnsBefore = setTurns(turns);
  const putChanceBack = replaceChance(random);
  try {
    return await body();
  } finally {
    setTurns(turnsBefore);
    putChanceBack();
    running = false;
  }
}

function stepsOf(schedule: Schedule): (count: number) => number {
  let step = 0;
  return (count) => Math.abs(Math.trunc(schedule[step++] ?? 0)) % count;
}

/** Tommy Ettinger's generator: 32 bits of state, the same on every platform. */
function mulberry32(seed: number): () => number {
  let state = Math.trunc(seed) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
