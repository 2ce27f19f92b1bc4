/**
 * `npm run bench -- runtimes`: W1 to W8 in Node, Deno and Bun, ours and effection beside code by hand on the same runtime; writes
 * RUNTIMES.md. Deno and Bun are those that `.ci/runtimes` pins. `node bench/runtimes.mjs W4 W8` measures some, and only prints.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { binaries, installPackages } from "../.ci/runtimes/project.mjs";
import { machine } from "./harness/machine.mjs";
import { line, short } from "./harness/markdown.mjs";
import { measured } from "./harness/measured.mjs";
import { chosen, workloads } from "./harness/workloads.mjs";
import { installRivals } from "./rivals/rival.mjs";

const SIZES = [1, 100, 10_000];
const RIVAL = "effection";
/** More take too long. */
const MOST_OF_RIVAL = 300;
const LIMIT_MS = 120_000;
const V8 = ["--expose-gc", "--single-threaded-gc"];
const runtimes = {
  Node: { execPath: process.execPath, execArgv: V8 },
  Deno: { execPath: binaries.deno, execArgv: ["run", "-A", `--v8-flags=${V8.join(",")}`] },
  Bun: { execPath: binaries.bun, execArgv: ["--expose-gc"] },
};
const names = Object.keys(runtimes);
const all = ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8"];
const asked = process.argv.slice(2).filter((argument) => /^W\d/i.test(argument));

installPackages();
installRivals();
const selection = (await workloads()).filter((each) =>
  chosen(each, asked.length > 0 ? asked : all),
);
const failures = new Set();
const tables = [];
for (const size of SIZES) tables.push(await tableOf(size));
const text = page();
console.log(text);
if (asked.length === 0) writeFileSync(new URL("RUNTIMES.md", import.meta.url), text);

async function tableOf(size) {
  const rows = [];
  for (const workload of selection) {
    if (tooFew(workload, size)) continue;
    const found = [];
    for (const name of names) found.push(await contendersOf(workload, size, name));
    rows.push(...rowsOf(workload, size, found));
  }
  return { size, rows };
}

/** One run of it has more operations, or is too short for its own clock. */
function tooFew({ operations = Number, floor }, size) {
  return operations(1) > size || (size === 1 && floor.run.length > 1);
}

/** By their names. */
async function contendersOf({ file, id }, operations, name) {
  const plan = {
    file,
    id,
    operations,
    rivalOperations: Math.min(operations, MOST_OF_RIVAL),
    quick: true,
    full: true,
    only: "",
    rivals: RIVAL,
    rounds: 5,
    warmUpMs: 200,
    budgetMs: 200,
    sampleMs: 15,
    mostLaps: 20,
    library: null,
    against: [],
  };
  const runtime = { ...runtimes[name], serialization: "json" };
  const { contenders, absent, oursFailed } = await measured(plan, LIMIT_MS, runtime);
  for (const why of absent) failures.add(`${id} in ${name}, ${operations} at a time: ${why}`);
  if (oursFailed) process.exitCode = 1;
  return new Map(contenders.map((contender) => [contender.name, contender]));
}

function rowsOf({ id, title, floor, ours, rivals }, size, found) {
  const kinds = { floor: [floor], ours: ours.filter(({ quick = true }) => quick), rivals };
  const row = (head, name, kind) => ({ head, kind, cells: found.map((each) => each.get(name)) });
  const theirs = kinds.rivals.filter(({ name }) => name.includes(RIVAL));
  return [
    row(`${id}, ${title[0].toLowerCase()}${title.slice(1)}: *${floor.name}*`, floor.name, "floor"),
    ...kinds.ours.map(({ name }) => row(`${id} **${name}**`, name, "ours")),
    ...theirs.map(({ name }) => row(`${id} ${name}`, name, "rival")),
  ].map(({ head, kind, cells }) => ({
    head,
    kind,
    ratios: cells.map((cell) => cell?.cpuRatio?.median),
    cells: cells.map((cell) => shown(cell, found[0].get(floor.name)?.size ?? size)),
  }));
}

/** The floor's time; a ratio to it, and the size where it is another than the floor's. */
function shown(cell, size) {
  if (cell === undefined) return "fails";
  if (cell.kind === "floor") return `${short(cell.cpuNs.median)} ns`;
  const { median, min, max } = cell.cpuRatio;
  const ratio = `${short(median)} [${short(min)} – ${short(max)}]`;
  return cell.size === size ? ratio : `${ratio}, size ${cell.size.toLocaleString("en")}`;
}

/** The geometric mean over the rows of one kind that every runtime has. */
function mean(rows, kind) {
  const complete = rows.filter((row) => row.kind === kind && row.ratios.every((each) => each > 0));
  if (complete.length === 0) return [];
  const logs = (at) => complete.reduce((sum, { ratios }) => sum + Math.log(ratios[at]), 0);
  return [names.map((_, at) => short(Math.exp(logs(at) / complete.length)))];
}

function page() {
  const without = selection.filter(({ rivals }) =>
    rivals.every(({ name }) => !name.includes(RIVAL)),
  );
  const many = selection.filter(({ operations = Number }) => operations(1) > 1);
  const list = (found) => found.map(({ id }) => id).join(", ");
  const version = (name) =>
    execFileSync(runtimes[name].execPath, ["--version"], { encoding: "utf8" });
  const [deno, bun] = ["Deno", "Bun"].map((name) => /\d+\.\d+\.\d+/.exec(version(name))[0]);
  return [
    "# Beside other runtimes",
    "",
    "Written by `npm run bench -- runtimes`: W1 to W8 as in [RESULTS.md](RESULTS.md), with so many operations in a run, in Node, Deno",
    "and Bun. The floor is code by hand: its row has the CPU time of one operation. What is below it has its ratio to the floor on the",
    "same runtime: the median over five rounds, with the smallest and the largest. Each is a sample of some 15 ms against one of the floor",
    "right before it. It is a quick measurement: each ratio says where it is, and not its second digit.",
    "",
    "- CPU time counts every thread. In Bun its collector has some; in Node and Deno it runs on the measured one.",
    "- A short run is repeated until there is a millisecond between two looks at the clock. With one operation in a run, the group",
    "  or the map that is opened for it belongs to its cost.",
    `- ${RIVAL} is measured with at most ${MOST_OF_RIVAL.toLocaleString("en")} operations, or what RESULTS.md has, if that is less; the cell`,
    "  says the size: the number of operations, the depth of the tree in W2, or of chains of 100 scopes in W7.",
    `- ${RIVAL} has nothing of the kind of ${list(without)}.`,
    `- The smallest run of ${list(many)} has more than one operation, so they are not among those with one. Neither is W3, whose`,
    "  clock starts and stops in each run.",
    "",
    `${machine()}; Deno ${deno}, Bun ${bun}. The load of the ${cpus().length} processors was ${loadavg()[1].toFixed(1)}: above 1, other work ran beside it.`,
    "",
    ...tables.flatMap(({ size, rows }) => [
      `## ${size === 1 ? "One operation" : `${size.toLocaleString("en")} operations`} in a run`,
      "",
      line(["CPU × floor", ...names]),
      `| --- |${" ---: |".repeat(names.length)}`,
      ...mean(rows, "ours").map((cells) => line(["**skein**, geometric mean", ...cells])),
      ...mean(rows, "rival").map((cells) => line([`${RIVAL}, geometric mean`, ...cells])),
      ...rows.map(({ head, cells }) => line([head, ...cells])),
      "",
    ]),
    ...(failures.size === 0 ? ["Nothing failed on any of them."] : ["What failed:", ""]),
    ...[...failures].map((why) => `- ${why}`),
    "",
  ].join("\n");
}
