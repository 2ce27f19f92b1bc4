/**
 * `npm run bench -- fastapi`: what FastAPI's resolver costs, beside the same graphs awaited by hand in Python, and ours
 * beside the same by hand in JavaScript, in turns. The table goes to FASTAPI.md. Skipped where FastAPI is not installed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import * as skein from "skein";
import { collect } from "./harness/collect.mjs";
import { byHand, chain, diamonds, oursOver, request, wide } from "./harness/graphs.mjs";
import { machine } from "./harness/machine.mjs";
import { spread } from "./harness/statistics.mjs";

const ROUNDS = 5;
const SAMPLE_MS = 100;
const graphs = {
  "a request of 10": request(),
  "diamonds, 101": diamonds(),
  "a chain of 1,000": chain(1_000),
  "1,000 side by side": wide(1_000),
};
const forms = {
  "async providers": (graph) => oursOver(graph)[0].make(skein),
  "inline providers": (graph) => oursOver(graph)[2].make(skein),
};

const python = pythonWithFastapi();
if (python === undefined) {
  console.log("Skipped: no Python with FastAPI (on Debian: apt-get install python3-fastapi)");
} else {
  const theirs = runPython(python);
  const ours = {};
  for (const [name, graph] of Object.entries(graphs)) ours[name] = await measured(graph);
  const text = report(theirs, ours);
  console.log(text);
  writeFileSync(new URL("FASTAPI.md", import.meta.url), text);
}

function pythonWithFastapi() {
  return ["/usr/bin/python3", "python3"].find(
    (program) => spawnSync(program, ["-c", "import fastapi"]).status === 0,
  );
}

function runPython(program) {
  const script = `${import.meta.dirname}/python/fastapi_dependencies.py`;
  const input = JSON.stringify({ graphs, rounds: ROUNDS });
  return JSON.parse(execFileSync(program, [script], { input, maxBuffer: 1 << 24 }).toString());
}

async function measured(graph) {
  const floor = await prepared(byHand(graph), graph);
  const result = { floor: [] };
  for (const [name, make] of Object.entries(forms)) {
    const own = await prepared(make(graph), graph);
    const samples = [];
    for (let round = 0; round < ROUNDS; round++) {
      const beneath = await floor();
      result.floor.push(beneath);
      samples.push({ ns: await own(), beneath });
    }
    result[name] = {
      ns: samples.map(({ ns }) => ns),
      ratios: samples.map(({ ns, beneath }) => ns / beneath),
    };
  }
  return result;
}

/** A sample of the CPU time per provider, in nanoseconds. */
async function prepared(run, graph) {
  const end = performance.now() + 5 * SAMPLE_MS;
  let laps = 0;
  for (; performance.now() < end; laps++) await run(1);
  laps = Math.ceil(laps / 5);
  return async () => {
    collect();
    await setImmediate();
    const { user, system } = process.cpuUsage();
    await run(laps);
    const after = process.cpuUsage();
    return ((after.user - user + after.system - system) * 1_000) / laps / graph.length;
  };
}

function report({ versions, results }, ours) {
  const short = (value) => (value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2));
  const ratio = (ratios) => {
    const { median, min, max } = spread(ratios);
    return `${short(median)} [${short(min)} – ${short(max)}]`;
  };
  const names = Object.keys(graphs);
  const row = (name, cells) => `| ${[name, ...cells].join(" | ")} |`;
  const ofTheirs = (form, cell) => names.map((name) => cell(results[name][form]));
  const ofOurs = (form, cell) => names.map((name) => cell(ours[name][form]));
  return [
    "# FastAPI",
    "",
    "Written by `npm run bench -- fastapi`. CPU time of a resolution as a ratio to the same graph by hand in the same",
    "language: in Python an `await` for each value that is not there yet, in JavaScript a memoised `Promise.all`. The median",
    "over the rounds, with the smallest and the largest; each round has its own sample by hand. Providers do no work.",
    "Plain functions of FastAPI run in threads, as ours do, so they are no match for `inline`: that row says what it costs",
    "to resolve without promises.",
    "",
    `${machine()}; Python ${versions.python}, FastAPI ${versions.fastapi}`,
    "",
    row("CPU × by hand", names),
    `| --- |${" ---: |".repeat(names.length)}`,
    row(
      "FastAPI, async functions",
      ofTheirs("async", ({ ratios }) => ratio(ratios)),
    ),
    row(
      "FastAPI, plain functions",
      ofTheirs("sync", ({ ratios }) => ratio(ratios)),
    ),
    ...Object.keys(forms).map((form) =>
      row(
        `**${form}**`,
        ofOurs(form, ({ ratios }) => ratio(ratios)),
      ),
    ),
    "",
    row("CPU µs per provider", names),
    `| --- |${" ---: |".repeat(names.length)}`,
    row(
      "Python by hand",
      ofTheirs("floor", ({ ns }) => short(spread(ns).median / 1_000)),
    ),
    row(
      "FastAPI, async functions",
      ofTheirs("async", ({ ns }) => short(spread(ns).median / 1_000)),
    ),
    row(
      "FastAPI, plain functions",
      ofTheirs("sync", ({ ns }) => short(spread(ns).median / 1_000)),
    ),
    row(
      "JavaScript by hand",
      names.map((name) => short(spread(ours[name].floor).median / 1_000)),
    ),
    ...Object.keys(forms).map((form) =>
      row(
        `**${form}**`,
        ofOurs(form, ({ ns }) => short(spread(ns).median / 1_000)),
      ),
    ),
    "",
  ].join("\n");
}
