/**
 * Fails when an operation of a workload needs more microtasks or allocates more bytes than `limits.json` allows, or a call
 * on another machine more commands of Redis. All of these repeat from run to run, whatever else the machine does, so this can decide where a
 * clock cannot.
 *
 * `node bench/guard.mjs [W1 ... remote]`; with `--lower` it takes what is better than its limit into `limits.json`, and what
 * is new. To raise a limit, edit the file, and say in the commit what was bought with it.
 */
import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { nodeMajor } from "./harness/machine.mjs";
import { chosen, workloads } from "./harness/workloads.mjs";

/** Bytes vary by a little with what the engine has compiled by then. */
const TOLERANCE = 1.05;
/** The heap is not still while it is weighed, which shows where an operation allocates next to nothing. */
const SLACK_BYTES = 4;
/** A promise more in each of 10,000 operations is 1, a command more in each call as well; what a run does once is less than this. */
const SLACK = { microtasks: 0.05, commands: 0.5 };

/** For what is counted in the process itself. */
const STILL = [
  "--expose-gc",
  // Compiles on this thread too, and so always at the same point.
  "--single-threaded",
  "--min-semi-space-size=512",
  "--max-semi-space-size=512",
];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { lower: { type: "boolean", default: false } },
});
const file = new URL("limits.json", import.meta.url);
const limits = JSON.parse(readFileSync(file, "utf8"));
const major = String(nodeMajor());
const own = (limits[major] ??= {});
const counts = await counted();
const broken = [];
for (const count of counts) {
  const { name, ...values } = count;
  const limit = own[name] ?? {};
  const verdicts = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([what, value]) => {
      const most = limit[what];
      if (most === undefined) return `${what} ${value} (no limit yet)`;
      const allowed = most + (SLACK[what] ?? most * (TOLERANCE - 1) + SLACK_BYTES);
      if (value <= allowed) return `${what} ${value} (≤ ${most})`;
      broken.push(`${name}: ${what} ${value}, at most ${most}`);
      return `${what} ${value} (> ${most}!)`;
    });
  console.log(`${name.padEnd(48)} ${verdicts.join(", ")}`);
  own[name] = { ...values };
  for (const [what, most] of Object.entries(limit)) {
    if (own[name][what] === undefined || own[name][what] > most) own[name][what] = most;
  }
}
if (options.lower) {
  for (const name of positionals.length === 0 ? Object.keys(own) : []) {
    if (!counts.some((count) => count.name === name)) delete own[name];
  }
  writeFileSync(file, `${JSON.stringify(limits, null, 2)}\n`);
}
if (counts.length === 0)
  throw new Error(`Expected names of workloads, got ${positionals.join(", ")}`);
if (broken.length > 0) {
  console.log(`\n${broken.length} over the limit on Node ${major}:\n${broken.join("\n")}`);
  process.exitCode = 1;
}

/** Each workload in a process of its own: what the engine makes of one depends on what ran before. */
async function counted() {
  const counts = [];
  for (const workload of (await workloads()).filter((each) => chosen(each, positionals))) {
    // What runs in another process, or in threads, cannot be counted here.
    if (workload.apart === true || workload.paced === true || workload.clock === "wall") continue;
    counts.push(...(await countedAlone("harness/count.mjs", [workload.id], STILL)));
  }
  if (chosen({ id: "remote" }, positionals)) {
    counts.push(...(await countedAlone("remote/count.mjs")));
  }
  return counts;
}

function countedAlone(file, args = [], execArgv = []) {
  const program = new URL(file, import.meta.url);

  return new Promise((resolve, reject) => {
    const child = fork(program, args, { execArgv });
    let counts_;
    child.on("message", (message) => (counts_ = message));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0 && counts_ !== undefined) resolve(counts_);
      else reject(new Error(`Counting ended with exit code ${code}`));
    });
  });
}
