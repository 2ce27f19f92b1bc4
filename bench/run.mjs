/**
 * `npm run bench` measures a selection; `-- W4 W5` these workloads; `-- --full` every rival in more rounds;
 * `-- W1 --quick` ours against the floor alone, to tune by; `--only WORD` those whose name has it; `--against DIR` adds
 * an earlier build of the library.
 * `-- growth`, `-- import`, `-- leaks`, `-- fastapi`, `-- languages`, `-- types`, `-- watch`, `-- event-loop`, `-- remote`,
 * `-- runtimes` and `-- by-size` run those programs.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { measured } from "./harness/measured.mjs";
import { chosen, workloads } from "./harness/workloads.mjs";
import { keep, printed, writeResults } from "./harness/report.mjs";
import { installRivals } from "./rivals/rival.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string" },
    against: { type: "string", multiple: true, default: [] },
  },
});
const PROGRAMS = [
  "growth",
  "import",
  "leaks",
  "fastapi",
  "languages",
  "types",
  "watch",
  "event-loop",
  "remote",
  "runtimes",
  "by-size",
];
const programs = positionals.filter((name) => PROGRAMS.includes(name));
for (const name of programs) await import(name === "remote" ? "./remote/run.mjs" : `./${name}.mjs`);

const names = positionals.filter((name) => !PROGRAMS.includes(name));
const selection =
  programs.length > 0 && names.length === 0
    ? []
    : (await workloads()).filter((workload) => chosen(workload, names));
for (const name of names) {
  if (!selection.some((workload) => chosen(workload, [name]))) {
    throw new Error(`Expected the name of a workload, such as W4, got ${name}`);
  }
}
const { quick, full } = options;
const complete = !quick && options.only === "" && options.against.length === 0;
/** Past this a workload hangs, its event loop included, and is ended. */
const limitMs = full ? 900_000 : 180_000;
if ((!quick && selection.length > 0) || selection.some(({ floor }) => floor.rival)) installRivals();
for (const workload of selection) {
  const results = await measured(planOf(workload), limitMs);
  if (results.contenders.length === 0 && results.absent.length === 0) continue;
  console.log(printed(workload, results));
  if (results.oursFailed) process.exitCode = 1;
  else if (complete && results.contenders.length > 0) keep(workload, results);
}
if (complete && selection.length > 0) await writeResults();

function planOf({ file, id }) {
  return {
    file,
    id,
    quick,
    full,
    only: options.only,
    rivals: quick ? null : "",
    rounds: Number(options.rounds ?? (full ? 9 : 5)),
    warmUpMs: quick ? 250 : 300,
    budgetMs: quick ? 500 : full ? 10_000 : 3_000,
    sampleMs: quick ? 15 : 30,
    library: null,
    against: options.against.map((path) => resolve(path)),
  };
}
