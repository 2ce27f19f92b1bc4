/**
 * `npm run bench -- by-size`: what stands in most programs, with 1 to 100,000 operations in a run, without flags; writes
 * BY_SIZE.md, which has a part for each version of Node it was run with. `node bench/by-size.mjs W1b W4` measures some, and only prints.
 * `--only WORD` takes those whose name has it, `--against DIR` adds an earlier build, `--collector` lets the collector run on the
 * measured thread.
 */
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { keepBySize, printed } from "./harness/by-size-report.mjs";
import { machine } from "./harness/machine.mjs";
import { measured } from "./harness/measured.mjs";
import { writeResults } from "./harness/report.mjs";
import { chosen, workloads } from "./harness/workloads.mjs";
import { installRivals } from "./rivals/rival.mjs";

const SIZES = [1, 10, 100, 1_000, 10_000, 100_000];
const CASES = ["W1b", "W1c", "W2", "W4", "W4b", "W6"];
const LIMIT_MS = 180_000;

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
const tables = [];
for (const workload of selection) {
  const table = await tableOf(workload);
  console.log(printed(table).join("\n"));
  tables.push(table);
}
if (complete) {
  const load = loadavg()[2].toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  keepBySize({
    where: `${machine()}, ${date}; a load of ${load} on ${cpus().length} processors`,
    tables,
  });
  await writeResults();
}

async function tableOf({ id, title, operations = Number, ...workload }) {
  const wanted = sizes.filter((size) => operations(1) <= size);
  const rows = new Map();
  for (const size of wanted) {
    const { contenders, absent, oursFailed } = await measured(
      planOf({ id, ...workload }, size),
      LIMIT_MS,
      {
        execArgv: flags,
        serialization: "advanced",
      },
    );
    for (const why of absent) console.error(`${id}, ${size}: ${why}`);
    if (oursFailed) process.exitCode = 1;
    const inFull = contenders.filter((each) => each.size === contenders[0].size);
    for (const { name, kind, cpuNs, cpuRatio } of inFull) {
      const row = rows.get(name) ?? { name, kind, cells: {} };
      row.cells[size] = kind === "floor" ? cpuNs.median : cpuRatio.median;
      rows.set(name, row);
    }
  }
  return { id, title, sizes: wanted, rows: [...rows.values()] };
}

function planOf({ file, id }, operations) {
  return {
    file,
    id,
    operations,
    rivalOperations: operations,
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
