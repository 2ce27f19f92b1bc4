/** The program of `bench/watch.mjs`: does nothing, with the event loop watched, with a timer as often, or without, and tells of each second what CPU time it took. */
import { setTimeout } from "node:timers/promises";
import { watchEventLoop } from "skein";

/** What starts is not counted. */
const START_MS = 2_000;
const EVERY_MS = 50;
const [mode, seconds] = process.argv.slice(2);
const watch = mode === "watched" ? watchEventLoop({ stallMs: 2 * EVERY_MS }) : undefined;
if (mode === "timer") setInterval(() => {}, EVERY_MS).unref();
await setTimeout(START_MS);
for (let second = 0; second < Number(seconds); second++) {
  const before = process.cpuUsage();
  const start = performance.now();
  await setTimeout(1_000);
  const { user, system } = process.cpuUsage(before);
  process.send((user + system) / 1_000 / (performance.now() - start));
}
await watch?.[Symbol.asyncDispose]();
process.disconnect();
