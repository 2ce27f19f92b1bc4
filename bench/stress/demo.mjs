/**
 * `node bench/stress/demo.mjs`: runs the program of `npm run demo -- --compare` again and again beside busy loops. Each run has to end
 * by itself, without an error and with its summary.
 *
 *   --runs <n>    how many (default: 10)
 *   --load <n>    how many busy loops beside them (default: 4)
 *   --bound <s>   how long one may get no further, in seconds (default: 120)
 *   --folder <f>  what it reads (default: node_modules, as it does itself)
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exitOnSignals, startLoad } from "./load.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10" },
    load: { type: "string", default: "4" },
    bound: { type: "string", default: "120" },
    folder: { type: "string", default: "node_modules" },
  },
});

let running;
exitOnSignals();
process.on("exit", () => running?.kill("SIGKILL"));

// Builds it, and shows how it is used.
execFileSync("npm", ["run", "--silent", "demo", "--", "--help"], { cwd: ROOT });
const endLoad = startLoad(Number(values.load));
const findings = [];
for (let run = 1; run <= Number(values.runs); run++) {
  const began = performance.now();
  const finding = await runOnce();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`run ${run}: ${finding === undefined ? "ok" : `FOUND: ${finding}`} (${seconds} s)`);
  if (finding !== undefined) findings.push(finding);
}
endLoad();
console.log(`${values.runs} runs, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

async function runOnce() {
  const args = [".temp/demo/digest/main.js", values.folder, "--compare", "--json"];
  running = spawn(process.execPath, args, { cwd: ROOT });
  let told = "";
  let complaints = "";
  let isOver = false;
  const bound = setTimeout(
    () => {
      isOver = true;
      running.kill("SIGKILL");
    },
    1000 * Number(values.bound),
  );
  const lines = createInterface(running.stdout);
  // It tells ten times a second how far it is: only another number is progress.
  lines.on("line", (line) => {
    if (line !== told) bound.refresh();
    told = line;
  });
  running.stderr.on("data", (data) => (complaints += data));
  const [code, signal] = await once(running, "close");
  clearTimeout(bound);
  const last = `, the last it told: ${told}\n${complaints}`;
  if (isOver) return `it does not get any further${last}`;
  if (code !== 0) return `it ended with ${signal ?? `exit code ${code}`}${last}`;
  return told.startsWith('{"event":"finished"') ? undefined : `it ended without a summary${last}`;
}
