/**
 * Measures one workload: the program of a process of its own. The plan comes as JSON in the first argument, the
 * result goes to the parent as a message.
 *
 * Each sample of a contender has a sample of the floor right before it, and the order of the contenders turns round
 * every other round, so that what else the machine does falls on both sides of a ratio.
 *
 * A contender that fails, or does not come to an end, is left out of the rounds that follow, and the result says so.
 */
import { setImmediate, setTimeout } from "node:timers/promises";
import { spread } from "./statistics.mjs";
import { Stopwatch } from "./stopwatch.mjs";

const plan = JSON.parse(process.argv[2]);
const { default: cases } = await import(plan.file);
const workload = [cases].flat().find(({ id }) => id === plan.id);
/** A contender that takes longer than its share of the time gets no more rounds than these. */
const FEWEST_ROUNDS = workload.paced ? 1 : 3;
/** Once this process has taken as long as the workload says is enough, there is no further round after so many. */
const ENOUGH_ROUNDS = workload.paced ? 1 : 2;
/** A run that takes longer has lost something that it waits for. */
const PATIENCE_MS = 20_000;
/** The clock is too coarse for a run of few operations, which is therefore repeated until it takes so long. */
const LEAST_NS = 1e6;

const operationsOf = workload.operations ?? Number;
const absent = [];
let oursFailed = false;
const warnings = new Set();
process.on("warning", (warning) => warnings.add(warning.message));

const floor = { ...workload.floor, kind: "floor" };
const contenders = (await load()).filter(({ name }) => new RegExp(plan.only, "i").test(name));
const measured = contenders.length === 0 ? [] : [floor, ...contenders];
for (const contender of measured) await attempt(contender, () => warmUp(contender));
await setTimeout(50);
const enoughMs = (workload.enoughMs ?? Infinity) * (plan.full ? 10 : 1);
for (let round = 0; round < plan.rounds; round++) {
  if (round >= ENOUGH_ROUNDS && performance.now() > enoughMs) break;
  for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
    if (contender.failed) continue;
    if (round >= FEWEST_ROUNDS && contender.spentMs > plan.budgetMs) continue;
    const beneath = await sample(floor);
    await attempt(contender, async () => {
      const own = await sample(contender);
      contender.ratios.push({ cpu: own.cpu / beneath.cpu, wall: own.wall / beneath.wall });
    });
  }
}
const complete = contenders.filter(({ failed }) => !failed);
const rows = complete.length === 0 ? [] : [floor, ...complete].map(summary);
process.send({ contenders: rows, absent, oursFailed }, () => process.exit(0));

/** The floor must not fail, the others may. */
async function attempt(contender, work) {
  try {
    return await work();
  } catch (error) {
    if (contender.kind === "floor") throw error;
    contender.failed = true;
    oursFailed ||= contender.kind === "ours";
    absent.push(`${contender.name}: ${error.message.split("\n")[0]}`);
  }
}

async function inTime(run) {
  const ended = new AbortController();
  const hung = setTimeout(PATIENCE_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`no end after ${PATIENCE_MS / 1_000} s`);
  });
  try {
    return await Promise.race([run, hung]);
  } finally {
    ended.abort();
  }
}

async function load() {
  const found = [];
  const libraries = [["", plan.library], ...plan.against.map((path) => [` (${path})`, path])];
  for (const [suffix, path] of libraries) {
    const library = await libraryAt(path);
    for (const { name, make, quick = true, ...rest } of workload.ours) {
      if (plan.quick && !quick) continue;
      const run = await make(library);
      if (run !== undefined) found.push({ ...rest, name: name + suffix, kind: "ours", run });
    }
  }
  for (const { make, missing, slow = false, ...rest } of workload.rivals) {
    if (plan.rivals === null || !rest.name.includes(plan.rivals)) continue;
    if (slow && !plan.full) continue;
    const why = missing?.();
    if (why !== undefined) {
      absent.push(`${rest.name}: ${why}`);
      continue;
    }
    const contender = { ...rest, kind: "rival" };
    contender.run = await attempt(contender, make);
    if (!contender.failed) found.push(contender);
  }
  return found;
}

/** The built library: the package itself, or another build of it to compare with. */
async function libraryAt(path) {
  const entry = path === null ? import.meta.resolve("skein") : `file://${path}/index.js`;
  return { ...(await import(entry)), entry };
}

async function warmUp(contender) {
  contender.samples = [];
  contender.ratios = [];
  contender.spentMs = 0;
  contender.size = sizeOf(contender);
  contender.repeats = 1;
  contender.laps = 1;
  if (workload.paced) return;
  let best = Infinity;
  const end = performance.now() + plan.warmUpMs;
  for (let run = 0; run < 2 || (performance.now() < end && run < 1_000); run++) {
    const { wallNs } = await inTime(watched(contender));
    best = Math.min(best, wallNs);
    // Who starts the clock on their own does so for each run.
    if (plan.operations === undefined || contender.run.length > 1 || wallNs > LEAST_NS) continue;
    contender.repeats *= 2;
    best = Infinity;
  }
  const laps = Math.max(1, Math.ceil((plan.sampleMs * 1e6) / best));
  contender.laps = Math.min(laps, plan.mostLaps ?? Infinity);
}

/** What it is measured with, or the size with as many operations as the plan wants, if that is less. */
function sizeOf({ kind, size: most = workload.size }) {
  if (plan.operations === undefined) return most;
  const wanted = kind === "rival" ? plan.rivalOperations : plan.operations;
  let size = 1;
  while (size < most && operationsOf(size + 1) <= wanted) size++;
  return size;
}

/**
 * A full collection, so that nobody pays for another's garbage. Where it finds nothing of a library alive, the engine drops
 * the code compiled for it, so a lap that does not count comes first: what is measured is a process that is at work.
 * A paced workload, which takes its time whatever the code is, sees to that itself.
 */
async function sample(contender) {
  const start = performance.now();
  globalThis.gc();
  if (!workload.paced) {
    // A short run is not compiled after one lap.
    const laps = plan.operations === undefined ? 1 : contender.laps;
    await inTime(watched({ ...contender, laps }));
    globalThis.gc({ type: "minor" });
  }
  await setImmediate();
  const { cpuNs, wallNs, notes } = await inTime(watched(contender));
  contender.spentMs += workload.paced ? performance.now() - start : wallNs / 1e6;
  const operations = contender.laps * contender.repeats * operationsOf(contender.size);
  const result = { cpu: cpuNs / operations, wall: wallNs / operations, notes };
  contender.samples.push(result);
  return result;
}

async function watched({ run, size, laps, repeats }) {
  const stopwatch = new Stopwatch();
  for (let lap = 0; lap < laps; lap++) {
    stopwatch.start();
    for (let i = 0; i < repeats; i++) await run(size, stopwatch);
    stopwatch.stop();
  }
  return stopwatch;
}

function summary({ name, kind, size, samples, ratios }) {
  const notes = {};
  for (const note of samples[0].notes.keys()) {
    notes[note] = spread(samples.map((each) => each.notes.get(note))).median;
  }
  return {
    name,
    kind,
    size,
    cpuNs: spread(samples.map(({ cpu }) => cpu)),
    wallNs: spread(samples.map(({ wall }) => wall)),
    cpuRatio: kind === "floor" ? null : spread(ratios.map(({ cpu }) => cpu)),
    wallRatio: kind === "floor" ? null : spread(ratios.map(({ wall }) => wall)),
    notes,
    warnings: [...warnings],
  };
}
