/**
 * What `watchEventLoop` costs a process that has nothing to do: its CPU time with the watch less that without, as a part of one
 * processor. `node bench/watch.mjs [seconds]` needs a build. Of all seconds the cheapest counts, for whatever else the machine
 * does can only add: a wake-up with cold caches takes several times as long.
 */
import { fork } from "node:child_process";

const [seconds = 30] = process.argv.slice(2).map(Number);
const program = new URL("harness/watch-program.mjs", import.meta.url);
/** What the documentation promises. */
const MOST = 0.001;

const without = await measured("without");
const watched = await measured("watched");
const share = Math.min(...watched) - Math.min(...without);
for (const [name, shares] of Object.entries({ without, watched })) {
  const sorted = shares.toSorted((a, b) => a - b);
  const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1].map((at) =>
    percent(sorted[at]),
  );
  console.log(`${name.padEnd(8)} least ${least}, median ${middle}, most ${most}`);
}
console.log(`the watch uses ${percent(share)} of a processor (at most ${percent(MOST)})`);
process.exitCode = share <= MOST ? 0 : 1;

function percent(part) {
  return `${(part * 100).toFixed(3)} %`;
}

/** The part of a processor, in each second, that a process uses which is idle but for this. */
function measured(mode) {
  return new Promise((resolve, reject) => {
    const child = fork(program, [mode, String(seconds)]);
    const shares = [];
    child.on("message", (message) => shares.push(message));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (shares.length === seconds) resolve(shares);
      else reject(new Error(`It ended with exit code ${code}`));
    });
  });
}
