/** How W10 runs a pool: the same for ours, the rivals and the floor. */
import { same } from "./same.mjs";

/**
 * The collection before each sample throws away what the engine has learned of the shapes of objects, and makes it
 * compile the code of every pool again. This many calls, which do not count, are over before a pool is in use again.
 */
const IN_USE = 4_000;

/** One call after the other, each awaited. */
export function oneInFlight(run) {
  return async (size, stopwatch) => {
    for (let i = 0; i < IN_USE; i++) await run("same", i);
    stopwatch.start();
    let sum = 0;
    for (let i = 0; i < size; i++) sum += await run("same", i);
    stopwatch.stop();
    same(sum, (size * (size - 1)) / 2);
  };
}

/** All calls at once. */
export function allInFlight(run) {
  return async (size, stopwatch) => {
    await total(run, IN_USE);
    stopwatch.start();
    const sum = await total(run, size);
    stopwatch.stop();
    same(sum, (size * (size - 1)) / 2);
  };
}

async function total(run, size) {
  const calls = [];
  for (let i = 0; i < size; i++) calls.push(run("same", i));
  let sum = 0;
  for (const result of await Promise.all(calls)) sum += result;
  return sum;
}
