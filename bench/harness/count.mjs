/**
 * Counts what repeats exactly, for ours in one workload: the program of a process of its own, which must have
 * `--expose-gc` and a young generation so large that nothing is collected while it counts. The first argument is the
 * name of the workload, the result goes to the parent as a message.
 *
 * Microtasks are the reactions of promises that run; bytes are what was allocated, or, for tasks that sleep, what
 * they hold.
 */
import { setImmediate } from "node:timers/promises";
import v8 from "node:v8";
import { Stopwatch } from "./stopwatch.mjs";
import { workloads } from "./workloads.mjs";

const RUNS = 5;
const WARM_UP = 200_000;
const entry = import.meta.resolve("skein");
const library = { ...(await import(entry)), entry };
const counts = [];
const workload = (await workloads()).find(({ id }) => id === process.argv[2]);
for (const ours of workload.ours) counts.push(await count(workload, ours));
process.send(counts, () => process.exit(0));

async function count(workload, { name, make }) {
  const run = await make(library);
  const size = workload.counted ?? Math.min(workload.size, 10_000);
  const operations = (workload.operations ?? Number)(size);
  const stopwatch = new Stopwatch();
  const again = () => run(size, stopwatch);
  // What the engine optimizes away is not allocated: it must have compiled, always at the same point.
  for (let i = 0; i * operations < WARM_UP; i++) await again();
  const allocated = [];
  for (let i = 0; i < RUNS; i++) {
    globalThis.gc();
    await setImmediate();
    const before = process.memoryUsage().heapUsed;
    await again();
    allocated.push(process.memoryUsage().heapUsed - before);
  }
  let reactions = 0;
  const stop = v8.promiseHooks.createHook({ before: () => reactions++ });
  await again();
  stop();
  const held = stopwatch.notes.get("bytes per sleeping task");
  return {
    name: `${workload.id} ${name}`,
    microtasks: Number((reactions / operations).toFixed(2)),
    // What collects in between to weigh cannot tell what it allocates.
    bytes: held === undefined ? Math.round(Math.min(...allocated) / operations) : undefined,
    held: held === undefined ? undefined : Math.round(held),
  };
}
