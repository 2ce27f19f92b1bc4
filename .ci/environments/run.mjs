// Runs one program of seventeen checks in each environment, on the versions of Node that it is for:
//   node .ci/environments/run.mjs [WORD...]       those whose name, or kind, has one of the words
//   node .ci/environments/run.mjs --turn N [COUNT]  COUNT of them, by turns
//   node .ci/environments/run.mjs --table         none, and writes docs/environments.md of what each came to when it was run last
// Needs a build. The last line reads `N passed, N failed`.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expected } from "./expected.mjs";
import { bundlers } from "./kinds/bundlers.mjs";
import { loaders } from "./kinds/loaders.mjs";
import { places } from "./kinds/places.mjs";
import { runtimes } from "./kinds/runtimes.mjs";
import { testRunners } from "./kinds/test-runners.mjs";
import { installProject, nodeBinary } from "./project.mjs";
import { tableOf } from "./table.mjs";
import { writeProgram } from "./variants.mjs";

const kinds = {
  Node: runtimes,
  Places: places,
  "Compilers and loaders": loaders,
  Bundlers: bundlers,
  "Test runners": testRunners,
};
const project = installProject();
const tools = createRequire(join(project, "package.json"));
const base = realpathSync(mkdtempSync(join(tmpdir(), "skein-environments-")));
const kept = join(project, "../results.json");
const rows = [];
let [passed, failed] = [0, 0];

try {
  for (const [, name, environment, node] of chosen(process.argv.slice(2))) {
    const { wrong, right } = await outcomeOf(name, environment, node);
    if (wrong.length === 0) passed += 1;
    else failed += 1;
    console.log(`${wrong.length === 0 ? "ok      " : "FAILED  "}${name}, Node ${node} (${right})`);
    for (const line of wrong) console.log(`        ${line}`);
    rows.push({ name, node, right, isRight: wrong.length === 0 });
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
const versions = JSON.parse(readFileSync(join(project, "package.json"), "utf8")).dependencies;
const known = new Map([...rowsBefore(), ...rows.map((row) => [`${row.name} ${row.node}`, row])]);
writeFileSync(kept, JSON.stringify([...known]));
if (process.argv[2] === "--table") {
  writeFileSync(
    new URL("../../docs/environments.md", import.meta.url),
    tableOf(kinds, known, versions),
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function rowsBefore() {
  return existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : [];
}

/** Each environment on each of its versions of Node. */
function chosen([first, ...others]) {
  const all = Object.entries(kinds).flatMap(([kind, some]) =>
    Object.entries(some).flatMap(([name, one]) => one.nodes.map((node) => [kind, name, one, node])),
  );
  if (first === "--table") return [];
  if (first === undefined) return all;
  if (first !== "--turn")
    return all.filter(([kind, name, , node]) =>
      [first, ...others].every((word) => `${kind}: ${name}, Node ${node}`.includes(word)),
    );
  const [turn, count = 6] = others.map(Number);
  // Far from each other, so that each turn has of every kind.
  const step = Math.floor(all.length / count);
  return Array.from({ length: count }, (_, index) => all[(turn + index * step) % all.length]);
}

/** What is wrong with the results, a line each. */
async function outcomeOf(name, environment, node) {
  const out = join(base, `${rows.length}`, "out");
  const results = join(base, `${rows.length}`, "results.json");
  mkdirSync(out, { recursive: true });
  const link = (folder) => symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  if (environment.isEmpty !== true) link(out);
  const binary = nodeBinary(node);
  try {
    const command = await environment.prepare({
      project,
      out,
      node,
      binary,
      link,
      base,
      program: writeProgram,
      rename: (from, to) => (renameSync(from, join(dirname(from), to)), join(dirname(from), to)),
      tool: (tool) => import(pathToFileURL(tools.resolve(tool)).href),
      bin: (tool, path) => join(project, "node_modules", tool, path),
      run: (version, args, cwd) =>
        execFileSync(nodeBinary(version), args, { cwd, stdio: "pipe", timeout: 120_000 }),
    });
    const {
      args,
      cwd = out,
      env = {},
      binary: other = binary,
    } = Array.isArray(command) ? { args: command } : command;
    const PATH = `${dirname(binary)}:${process.env["PATH"]}`;
    execFileSync(other, args, {
      cwd,
      env: { ...process.env, PATH, RESULTS: results, NODE_OPTIONS: "", ...env },
      stdio: "pipe",
      timeout: 180_000,
    });
    return judge(JSON.parse(readFileSync(results, "utf8")), environment.limits);
  } catch (error) {
    if (existsSync(results))
      return judge(JSON.parse(readFileSync(results, "utf8")), environment.limits, [
        `exit code ${error.status}: ${String(error.stderr ?? error).slice(0, 500)}`,
      ]);
    const said = [error.stdout, error.stderr ?? error.stack].filter(
      (one) => String(one ?? "") !== "",
    );
    return {
      wrong: said.map((one) => String(one).trim().slice(0, 800)),
      right: `0 of ${Object.keys(expected).length}`,
    };
  }
}

function judge(results, limits = { names: [] }, more = []) {
  const different = Object.entries(expected).filter(([check, value]) => results[check] !== value);
  const isAllowed = ([check]) =>
    limits.names.includes(check) &&
    String(results[check]).startsWith(limits.error ?? "ShipError: ");
  const wrong = different
    .filter((one) => !isAllowed(one))
    .map(([check, value]) => `${check}: expected ${value}, got ${results[check]}`);
  const count = Object.keys(expected).length;
  return { wrong: [...wrong, ...more], right: `${count - different.length} of ${count}` };
}
