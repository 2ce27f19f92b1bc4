/**
 * `npm run stress -- --minutes 10`: random operations on thread pools, in a process of its own that is stopped and
 * continued at random beside busy loops, until something is found or the time is over. Prints what it found, and fails then.
 *
 *   --minutes <n>   how long (default: 2)
 *   --seed <n>      what the random numbers begin with (default: another one each time; it is printed)
 *   --threads <n>   threads of each pool (default: 1 to 8, another number each time)
 *   --idle <ms>     how long unused threads stay (default: 0 to 30,000, another number each time)
 *   --load <n>      how many busy loops beside it (default: 4)
 *   --bound <s>     how long nothing may settle, in seconds in which the process could run (default: 60)
 *   --library <f>   a module to try in place of `skein`
 *   --without <k>   kinds of operations to leave out, with commas between: see plan.mjs
 *   --keep-going    does not end at the first finding
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitOnSignals, startLoad } from "./load.mjs";
import { Random } from "./random.mjs";
import { addFigures, printFigures, printFinding } from "./report.mjs";
import { Subject } from "./subject.mjs";

/** How long one process is under stress. */
const SECONDS = [10, 40];

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    threads: { type: "string" },
    idle: { type: "string" },
    load: { type: "string", default: "4" },
    bound: { type: "string", default: "60" },
    library: { type: "string", default: "skein" },
    without: { type: "string", default: "" },
    "keep-going": { type: "boolean", default: false },
  },
});

let subject;
exitOnSignals();
process.on("exit", () => subject?.kill());

const began = performance.now();
const end = began + 60_000 * Number(values.minutes);
const seed = values.seed === undefined ? Math.floor(2 ** 31 * Math.random()) : Number(values.seed);
const random = new Random(seed);
const total = { processes: 0, stops: 0, findings: 0 };
console.log(`seed ${seed}`);
const endLoad = startLoad(Number(values.load));
const secondsLeft = () => (end - performance.now()) / 1000;

while (secondsLeft() > 1 && (total.findings === 0 || values["keep-going"])) {
  // The first is what `--seed` says, so that what a process printed can be had again.
  await runOne(total.processes === 0 ? seed : random.seed());
}
endLoad();
printFigures(total, (performance.now() - began) / 1000);
process.exitCode = total.findings === 0 ? 0 : 1;

async function runOne(seed) {
  const folder = mkdtempSync(join(tmpdir(), "skein-stress-"));
  const settings = {
    seed,
    threads: optionalNumber(values.threads),
    idleMs: optionalNumber(values.idle),
    folder,
    seconds: Math.min(random.between(...SECONDS), secondsLeft()),
    boundMs: 1000 * Number(values.bound),
    library: values.library,
    without: values.without === "" ? [] : values.without.split(","),
  };
  subject = new Subject(settings);
  const finding = await subject.ended;
  total.processes += 1;
  total.stops += subject.stops;
  addFigures(total, subject.figures);
  if (finding === undefined) {
    rmSync(folder, { recursive: true });
    return;
  }
  total.findings += 1;
  printFinding(finding, settings);
}

function optionalNumber(text) {
  return text === undefined ? undefined : Number(text);
}
