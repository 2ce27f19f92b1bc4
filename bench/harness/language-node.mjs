/**
 * One contender of `npm run bench -- languages` in JavaScript: the program of a process. The arguments are the name of the
 * contender in its workload, and the workload. For each line `size laps` on standard input it answers with a line of
 * JSON: the CPU and wall time of the laps, in nanoseconds. Every lap checks that it did the work.
 */
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import * as skein from "skein";
import { Stopwatch } from "./stopwatch.mjs";

const [name, file] = process.argv.slice(2);
const { default: workload } = await import(`../workloads/${file}.mjs`);
const own = workload.ours.find((each) => each.name === name);
const run = name === workload.floor.name ? workload.floor.run : await own.make(skein);

for await (const line of createInterface({ input: process.stdin })) {
  const [size, laps] = line.split(" ").map(Number);
  globalThis.gc();
  // The collection took code that was compiled for objects that nobody has now: a process at work has it.
  await measured(size, 1);
  globalThis.gc({ type: "minor" });
  await setImmediate();
  const { cpuNs, wallNs } = await measured(size, laps);
  console.log(JSON.stringify({ cpu: cpuNs, wall: wallNs }));
}

async function measured(size, laps) {
  const stopwatch = new Stopwatch();
  for (let lap = 0; lap < laps; lap++) {
    stopwatch.start();
    await run(size, stopwatch);
    stopwatch.stop();
  }
  return stopwatch;
}
