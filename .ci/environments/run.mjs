// Runs one program in each environment: as it is, in bundles that have the library inside, and from what a tool that
// traces files has found. `node .ci/environments/run.mjs [name]`; the last line reads `N passed, N failed`.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { environments } from "./environments.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const expected = {
  group: 42,
  failAfter: "TimeoutError",
  builtIn: "1f8b",
  pureFunction: 42,
  constant: 42,
  importOfNode: "/",
  import: 42,
  function: 42,
  commonJsPackage: 1000,
  esPackage: "a\\.b",
  exportItself: "a\\.b",
  threaded: 42,
  callback: 42,
  iterate: "1,2",
  invoke: 42,
  resolve: 42,
};

const base = mkdtempSync(join(tmpdir(), "skein-environments-"));
let [passed, failed] = [0, 0];
try {
  const project = install();
  for (const [name, prepare] of Object.entries(environments)) {
    if (process.argv[2] !== undefined && !name.includes(process.argv[2])) continue;
    const wrong = await outcomeOf(project, name, prepare);
    if (wrong.length === 0) passed += 1;
    else failed += 1;
    console.log(`${wrong.length === 0 ? "ok      " : "FAILED  "}${name}`);
    for (const line of wrong) console.log(`        ${line}`);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A project of a user's, with the packed library and the tools. */
function install() {
  const project = join(base, "project");
  cpSync(join(here, "program"), project, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    cpSync(join(here, file), join(project, file));
  const packing = ["pack", "--ignore-scripts", "--silent", "--pack-destination", base];
  const tarball = execFileSync("npm", packing, { cwd: root, encoding: "utf8" }).trim();
  const installing = ["install", "--no-save", "--ignore-scripts", "--prefer-offline"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", [...installing, ...quiet, join(base, tarball)], { cwd: project });
  return project;
}

/** What is wrong with the results, a line each. */
async function outcomeOf(project, name, prepare) {
  const out = join(base, "out", name);
  mkdirSync(out, { recursive: true });
  try {
    const tools = createRequire(join(project, "package.json"));
    const load = (tool) => import(pathToFileURL(tools.resolve(tool)).href);
    const program = await prepare({ project, out, load });
    const results = JSON.parse(
      execFileSync(process.execPath, [program], { cwd: out, encoding: "utf8", timeout: 120_000 }),
    );
    return Object.entries(expected)
      .filter(([check, value]) => results[check] !== value)
      .map(([check, value]) => `${check}: expected ${value}, got ${results[check]}`);
  } catch (error) {
    return [String(error.stderr ?? error.stack ?? error), `files: ${readdirSync(out).join(", ")}`];
  }
}
