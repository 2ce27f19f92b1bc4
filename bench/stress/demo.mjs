/**
 * `node bench/stress/demo.mjs`: runs the program of `npm run demo` again and again beside busy loops. Each run has to end
 * by itself, without an error and with its summary.
 *
 *   --runs <n>    how many (default: 10)
 *   --load <n>    how many busy loops beside them (default: 4)
 *   --bound <s>   how long one may take, in seconds (default: 120)
 *   --folder <f>  what it reads (default: a small package; its own default is all of node_modules)
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exitOnSignals, startLoad } from "./load.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10" },
    load: { type: "string", default: "4" },
    bound: { type: "string", default: "120" },
    folder: { type: "string", default: "node_modules/fastify" },
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
  running = spawn(process.execPath, [".temp/demo/digest/main.js", values.folder], { cwd: ROOT });
  let output = "";
  for (const stream of [running.stdout, running.stderr])
    stream.on("data", (data) => (output += data));
  let isOver = false;
  const bound = setTimeout(
    () => {
      isOver = true;
      running.kill("SIGKILL");
    },
    1000 * Number(values.bound),
  );
  const [code, signal] = await once(running, "close");
  clearTimeout(bound);
  if (isOver) return `it does not end\n${output}`;
  if (code !== 0) return `it ended with ${signal ?? `exit code ${code}`}\n${output}`;
  return output.includes("wall time") ? undefined : `it ended without a summary\n${output}`;
}
