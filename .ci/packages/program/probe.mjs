import { inspect, isDeepStrictEqual } from "node:util";
import { Threadpool } from "skein";

export const pool = new Threadpool({ maxThreads: 2 });
export const tally = { same: 0, refused: 0, wrong: 0 };

const REFUSALS = new Set(["ShipError", "NotTransferableError"]);

/** A function comes to the same in a thread as here, or is refused there by name. */
export async function probe(name, fn, ...args) {
  const there = await outcomeOf(() => pool.run(fn, args));
  if (there.threw && REFUSALS.has(there.error?.name)) {
    tally.refused += 1;
    console.log(`refused  ${name}: ${there.error.message}`);
    return;
  }
  const here = await outcomeOf(() => fn(...args));
  if (isDeepStrictEqual(comparable(here), comparable(there))) {
    tally.same += 1;
    return;
  }
  tally.wrong += 1;
  console.log(`WRONG    ${name}: here ${inspect(here)}, there ${inspect(there)}`);
}

async function outcomeOf(run) {
  try {
    return { threw: false, value: await run() };
  } catch (error) {
    return { threw: true, error };
  }
}

function comparable({ threw, value, error }) {
  return threw ? [error?.name, error?.message] : [value];
}
