import { Threadpool } from "skein";
import { same } from "../harness/same.mjs";

const one = () => 1;
/** This many providers run before it counts: the collection before a sample makes the engine compile everything again. */
const IN_USE = 2_000;
const floorPool = new Threadpool({ maxThreads: 2 });

/** Runs what is measured once it is in use. */
const inUse = (run) => async (size, stopwatch) => {
  await run(IN_USE);
  stopwatch.start();
  await run(size);
  stopwatch.stop();
};

/** One call after another, by hand. */
async function calls(size) {
  for (let i = 0; i < size; i++) same(await floorPool.run(one, []), 1);
}

/** Resolves targets of `count` providers until `size` providers have run. */
const resolutions =
  (targetsOf, count, expected) =>
  ({ provide, resolveDependencies, Threadpool: Pool }) => {
    const targets = targetsOf(provide, count);
    const pool = new Pool({ maxThreads: 2 });
    return inUse(async (size) => {
      for (let i = 0; i < size; i += count) {
        const values = await resolveDependencies(targets, { pool });
        let sum = 0;
        for (const name of Object.keys(values)) sum += values[name];
        same(sum, expected);
      }
    });
  };

const sideBySide = (provide, count) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, provide(() => 1)]));

function chain(provide, count) {
  let p = provide(() => 1);
  for (let i = 1; i < count; i++) p = provide({ p }, ({ p: before }) => before + 1);
  return { p };
}

export default {
  id: "W11e",
  title: "Plain providers, in threads",
  about:
    "Functions that do nothing, in a pool of two threads. Ten that are ready at once share messages to the threads; in a chain " +
    "each waits for the value of the one before it.",
  operation: "provider",
  clock: "wall",
  size: 2_000,
  floor: { name: "Threadpool.run, one call after another", run: inUse(calls) },
  ours: [
    { name: "a provider", goal: { 20: 1.3, 24: 1.3 }, make: resolutions(sideBySide, 1, 1) },
    {
      name: "ten that are ready at once",
      goal: { 20: 0.33, 24: 0.33 },
      make: resolutions(sideBySide, 10, 10),
    },
    { name: "a chain of five", make: resolutions(chain, 5, 5) },
  ],
  rivals: [],
};
