/**
 * `npm run bench -- by-size`: what stands in most programs, with 1 to 100,000 operations in a run, without flags; writes
 * BY_SIZE.md, which has a part for each version of Node it was run with. `node bench/by-size.mjs W1b W4` measures some, and only prints.
 * `--only WORD` takes those whose name has it, `--against DIR` adds an earlier build, `--collector` lets the collector run on the
 * measured thread.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { machine, nodeMajor } from "./harness/machine.mjs";
import { measured } from "./harness/measured.mjs";
import { chosen, workloads } from "./harness/workloads.mjs";
import { installRivals } from "./rivals/rival.mjs";

const SIZES = [1, 10, 100, 1_000, 10_000, 100_000];
const CASES = ["W1b", "W1c", "W2", "W4", "W4b", "W6"];
const LIMIT_MS = 180_000;
const MAJORS = [20, 22, 24, 26];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    sizes: { type: "string", default: SIZES.join(",") },
    rivals: { type: "string", default: "" },
    against: { type: "string", multiple: true, default: [] },
    collector: { type: "boolean", default: false },
  },
});
const asked = positionals.filter((name) => /^W\d/i.test(name));
const sizes = options.sizes.split(",").map(Number);
const complete = asked.length === 0 && options.only === "" && options.against.length === 0;
const flags = options.collector ? ["--expose-gc", "--single-threaded-gc"] : ["--expose-gc"];

installRivals();
const names = asked.length > 0 ? asked : CASES;
const selection = (await workloads()).filter((each) => chosen(each, names));
const lines = [];
for (const workload of selection) lines.push(...(await tableOf(workload)));
const text = lines.join("\n");
console.log(text);
if (complete) keep(text);

async function tableOf(workload) {
  const rows = new Map();
  const wanted = sizes.filter((size) => (workload.operations ?? Number)(1) <= size);
  for (const size of wanted) {
    const { contenders, absent, oursFailed } = await measured(planOf(workload, size), LIMIT_MS, {
      execArgv: flags,
      serialization: "advanced",
    });
    for (const why of absent) console.error(`${workload.id}, ${size}: ${why}`);
    if (oursFailed) process.exitCode = 1;
    for (const contender of contenders) {
      const row = rows.get(contender.name) ?? { contender, cells: new Map() };
      row.cells.set(size, shown(contender));
      rows.set(contender.name, row);
    }
  }
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    `**${workload.id}** ${workload.title}`,
    "",
    line(["CPU × floor", ...wanted.map((size) => size.toLocaleString("en"))]),
    line(["---", ...wanted.map(() => "---:")]),
    ...[...rows.values()].map(({ contender, cells }) =>
      line([titled(contender), ...wanted.map((size) => cells.get(size) ?? "")]),
    ),
    "",
  ];
}

function planOf({ file, id }, operations) {
  return {
    file,
    id,
    operations,
    rivalOperations: Infinity,
    quick: false,
    full: false,
    only: options.only,
    rivals: options.rivals === "none" ? null : options.rivals,
    rounds: 9,
    warmUpMs: 300,
    budgetMs: 1_000,
    sampleMs: 20,
    mostLaps: 50,
    library: null,
    against: options.against.map((path) => resolve(path)),
  };
}

function titled({ name, kind }) {
  return kind === "ours" ? `**${name}**` : kind === "floor" ? `*${name}*` : name;
}

function shown({ kind, cpuNs, cpuRatio }) {
  return kind === "floor" ? `${short(cpuNs.median)} ns` : short(cpuRatio.median);
}

function short(value) {
  return value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2);
}

/** A part of its own for each version of Node. */
function keep(part) {
  const folder = new URL("results/", import.meta.url);
  const storeOf = (major) => new URL(`by-size.node${major}.md`, folder);
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const load = loadavg()[2].toFixed(1);
  const where = `${machine()}, ${date}; a load of ${load} on ${cpus().length} processors`;
  writeFileSync(storeOf(nodeMajor()), `## Node ${nodeMajor()}\n\n${where}\n\n${part}\n`);
  const parts = MAJORS.map(storeOf).filter((store) => existsSync(store));
  const page = [
    "# By size",
    "",
    "Written by `npm run bench -- by-size`: some workloads of [RESULTS.md](RESULTS.md) with 1 to 100,000 operations in a run, with",
    "the flags that users have: none. (Each of the tables there has one size, and lets the collector run on the measured thread.) The",
    "floor's row has the CPU time of an operation, the others their ratio to the floor, the median of at most nine rounds. A cell is",
    "empty where another library cannot do so many in time. Real requests have 1 to 1,000 operations; with 100,000 the floor itself is",
    "mostly the collector's work. With one operation in a run, the group or the map that is opened for it belongs to its cost.",
    "",
    ...parts.map((store) => readFileSync(store, "utf8")),
  ];
  writeFileSync(new URL("BY_SIZE.md", import.meta.url), page.join("\n"));
}
