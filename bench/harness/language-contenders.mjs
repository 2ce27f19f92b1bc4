/** Who takes part in `npm run bench -- languages`, and how the process of each is started. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const WIDE = "--max-semi-space-size=64";

/**
 * Name and place of each contender. `floor` names the one that its ratio is taken to; one without is a floor itself.
 * `start` gets a workload and returns the command, or nothing where it does not take part. What is not installed is told in `missing`.
 */
export function languages(folder) {
  const missing = [];
  const versions = [];
  const contenders = [...node(), ...python(missing, versions), ...go(missing, versions, folder)];
  return { contenders, missing, versions };
}

function node() {
  const program = join(import.meta.dirname, "language-node.mjs");
  const contender = (name, floor, pick, ...flags) => ({
    name,
    floor,
    start: (workload) =>
      pick(workload) && {
        command: process.execPath,
        args: ["--expose-gc", ...flags, program, pick(workload), workload.file],
      },
  });
  const floor = ({ floor: name }) => name;
  const ours = (workload) => workload.ours;
  const leanest = (workload) => workload.leanest;
  return [
    contender("Node by hand", undefined, floor),
    contender("**skein**", "Node by hand", ours),
    contender("**skein, the leanest form**", "Node by hand", leanest),
    contender("Node by hand, 64 MiB", undefined, floor, WIDE),
    contender("**skein, 64 MiB**", "Node by hand, 64 MiB", ours, WIDE),
  ];
}

function python(missing, versions) {
  const script = join(import.meta.dirname, "../python/languages.py");
  const libraries = [
    { name: "asyncio.gather", library: "asyncio", pick: "gather" },
    { name: "asyncio.TaskGroup", library: "asyncio", pick: "TaskGroup" },
    { name: "trio", library: "trio", pick: "trio", slow: true },
    { name: "anyio on asyncio", library: "anyio", pick: "anyio", slow: true },
  ];
  const found = new Map();
  for (const library of ["asyncio", "trio", "anyio"]) {
    const python3 = pythonWith(library);
    if (python3 === undefined) missing.push(library === "asyncio" ? "Python 3.11" : library);
    else found.set(library, python3);
  }
  for (const [library, { version }] of found) {
    versions.push(library === "asyncio" ? `Python ${version}` : `${library} ${version}`);
  }
  return libraries
    .filter(({ library }) => found.has(library) && found.has("asyncio"))
    .map(({ name, library, pick, slow = false }) => ({
      name,
      slow,
      floor: pick === "gather" ? undefined : "asyncio.gather",
      start: ({ file }) => ({ command: found.get(library).command, args: [script, pick, file] }),
    }));
}

function pythonWith(library) {
  const version =
    library === "asyncio"
      ? "import asyncio, platform; asyncio.TaskGroup; print(platform.python_version())"
      : `import importlib.metadata, ${library}; print(importlib.metadata.version('${library}'))`;
  for (const command of ["/usr/bin/python3", "python3"]) {
    const { status, stdout } = spawnSync(command, ["-c", version], { encoding: "utf8" });
    if (status === 0) return { command, version: stdout.trim() };
  }
  return undefined;
}

function go(missing, versions, folder) {
  const program = join(folder, "contender");
  // The program reads its CPU time as Unix has it.
  const known = process.platform === "win32" ? null : spawnSync("go", ["env", "GOVERSION"]);
  if (known?.status !== 0) {
    missing.push("Go");
    return [];
  }
  const source = join(import.meta.dirname, "../go");
  const built = spawnSync("go", ["build", "-o", program, "."], { cwd: source, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`go build failed: ${built.stderr}`);
  versions.push(known.stdout.toString().trim().replace("go", "Go "));
  const contender = (name, floor, pick, env) => ({
    name,
    floor,
    start: ({ file }) => ({ command: program, args: [pick, file], env }),
  });
  const one = { GOMAXPROCS: "1" };
  return [
    contender("Go, plain goroutines", undefined, "plain"),
    contender("Go, a group", "Go, plain goroutines", "group"),
    contender("Go, plain goroutines, one core", undefined, "plain", one),
    contender("Go, a group, one core", "Go, plain goroutines, one core", "group", one),
  ];
}
