// Type-checks a program against the declarations in dist/, which must be built, under versions of TypeScript and of @types/node:
// `node .ci/type-versions.mjs [TYPESCRIPT/NODE...]`, such as `5.4/20 7.0/none`; all of them without arguments.
// "none" is a project without @types/node, with and without the types of the DOM. What comes from npm stays in a folder of the
// temporary directory. Prints one line for each pair, and what the compiler says where it refuses something of ours.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const cache = join(tmpdir(), "skein-types");
const typescripts = ["5.4", "5.5", "5.8", "5.9", "6.0", "7.0"];
const nodes = ["none", "20", "22", "24", "26"];
const programs = {
  "main.mts": "nodenext node16 node20",
  "main.ts": "bundler preserve node10",
  "main.cts": "nodenext",
};

const pairs = process.argv.slice(2).map((pair) => pair.split("/"));
if (pairs.length === 0) pairs.push(...typescripts.flatMap((ts) => nodes.map((node) => [ts, node])));
for (const [typescript, node] of pairs) check(typescript, node);

function check(typescript, node) {
  const compiler = join(installed("typescript", typescript), "typescript/bin/tsc");
  const project = projectWith(node);
  const said = [];
  const names = [];
  for (const [program, modes] of Object.entries(programs)) {
    for (const mode of modes
      .split(" ")
      .filter((mode) => isKnown(mode, program, Number(typescript)))) {
      for (const lib of node === "none" ? ["ES2023", "ES2023,DOM"] : ["ES2023"]) {
        names.push(`${mode}${program.slice(4)}`);
        said.push(
          ...errorsOf(compiler, project, [
            ...optionsOf(mode),
            ...base(typescript, node, lib),
            program,
          ]),
        );
      }
    }
  }
  console.log(
    `typescript ${typescript}, @types/node ${node}: ${said.length === 0 ? "ok" : "FAILED"} (${[...new Set(names)].join(" ")})`,
  );
  if (said.length === 0) return;
  console.log([...new Set(said)].join("\n"));
  process.exitCode = 1;
}

/** What exists in a version: `require` of a module is known to "nodenext" since 5.8, and "node10" is gone with 6.0. */
function isKnown(mode, program, version) {
  if (program === "main.cts") return version >= 5.8;
  if (mode === "node20") return version >= 5.9;
  return mode !== "node10" || version < 6;
}

function optionsOf(mode) {
  if (mode === "node10") return ["--module", "commonjs", "--moduleResolution", "node10"];
  if (mode === "bundler") return ["--module", "esnext", "--moduleResolution", "bundler"];
  return ["--module", mode, ...(mode === "preserve" ? ["--moduleResolution", "bundler"] : [])];
}

function base(typescript, node, lib) {
  const options = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "false",
    "--target",
    "es2022",
    "--lib",
    lib,
    "--pretty",
    "false",
  ];
  // Without @types/node nothing is found anyway, and TypeScript takes no empty list here.
  return node === "none" ? options : [...options, "--types", "node"];
}

/** Errors in the types of others are not ours: @types/node 26 is not made for TypeScript 5.4. */
function errorsOf(compiler, cwd, args) {
  const { stdout } = spawnSync(process.execPath, [compiler, ...args], { cwd, encoding: "utf8" });
  return stdout
    .split("\n")
    .filter(
      (line) => /error TS/.test(line) && !/^\S*node_modules\/(@types|fast-check)\//.test(line),
    );
}

function projectWith(node) {
  const project = join(cache, `project-${process.pid}-${node}`);
  rmSync(project, { recursive: true, force: true });
  process.on("exit", () => rmSync(project, { recursive: true, force: true }));
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "skein"), { recursive: true });
  for (const item of ["dist", "package.json"])
    cpSync(join(root, item), join(modules, "skein", item), { recursive: true });
  for (const item of ["fast-check", "pure-rand"])
    symlinkSync(join(root, "node_modules", item), join(modules, item));
  if (node !== "none") {
    const types = installed("@types/node", node);
    cpSync(join(types, "@types"), join(modules, "@types"), { recursive: true });
    if (existsSync(join(types, "undici-types")))
      cpSync(join(types, "undici-types"), join(modules, "undici-types"), { recursive: true });
  }
  for (const program of Object.keys(programs)) writeFileSync(join(project, program), source(node));
  return project;
}

function installed(name, version) {
  const folder = join(cache, `${name.replace("/", "-")}-${version}`);
  const modules = join(folder, "node_modules");
  if (!existsSync(join(modules, name, "package.json"))) {
    mkdirSync(folder, { recursive: true });
    execFileSync(
      "npm",
      [
        "install",
        "--prefix",
        folder,
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        `${name}@${version}`,
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  }
  return modules;
}

/** Imports every entry, so that every declaration is checked, and uses what depends on the compiler most. */
function source(node) {
  return `
import * as skein from "skein";
import * as ambient from "skein/ambient";
import * as testing from "skein/testing";
import * as fastCheck from "skein/testing/fast-check";
import * as worker from "skein/worker";
import { inline, input, provide, resolveDependencies, type Dependencies, type Provider, type Returnable, type Takable, type ValuesOf } from "skein";
export { skein, ambient, testing, fastCheck, worker };

export function map<T, U, N>(provider: Provider<T, N>, fn: (value: T) => U): Provider<U, N> {
  return inline({ provider }, ({ provider }) => fn(provider));
}
export function service<T, D extends Dependencies>(deps: D, Class: new (deps: ValuesOf<D>) => T) {
  return inline(deps, (deps) => new Class(deps));
}
export function route<const D extends Dependencies, R>(deps: D & Takable<D, R>, fn: (deps: ValuesOf<D>) => R & Returnable<R>) {
  return provide(deps, fn);
}
const id = input<number>()("id");
const db = inline(() => ({ find: (id: number) => String(id) }));
export const found: Provider<string> = provide({ id, db }, async ({ id, db }) => db.find(id));
export const digits: Provider<string[]> = provide({ id }, ({ id }) => String(id).split(""));
export const mapped: Provider<string> = map(id, (id) => String(id));
export const text: Promise<string> = resolveDependencies({ mapped: route({ id }, async ({ id }) => String(id)) }, { inputs: { id: 1 } }, ({ mapped }) => mapped);
// @ts-expect-error
provide({ db }, ({ db }) => db.find(1));
// @ts-expect-error
resolveDependencies(inline({ id }, ({ id }) => id));
export const sum: Promise<number> = skein.runInThreadpool((a: number, b: number) => a + b, 1, 2);
export const all: Promise<[number, string]> = skein.all([() => 1, async () => "a"]);
export const tasks: Promise<number> = skein.taskGroup((group) => group.spawn(() => 1));
export async function each(channel: skein.ReceiveChannel<number>, disposable: AsyncDisposable): Promise<number> {
  for await (const item of channel) return item;
  return 0;
}
${
  node === "none"
    ? ""
    : `
import type { MessagePort, ResourceLimits } from "node:worker_threads";
export function ofNode(port: MessagePort, signal: NodeJS.Signals, resourceLimits: ResourceLimits, own: skein.SignalName): NodeJS.Signals {
  skein.printTaskTreeOn(signal);
  skein.transfer({}, [port, new ArrayBuffer(1)]);
  new skein.Threadpool({ resourceLimits });
  skein.threaded(module, () => 1);
  skein.threaded(new URL("file:///a.js"), () => 1);
  return own;
}`
}
`;
}
