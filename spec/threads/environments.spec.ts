import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const programs = fileURLToPath(new URL("../support/thread-programs/", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = import.meta.resolve("tsx");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
const execute = promisify(execFile);
/** Starting a process under load. */
const patience = { timeout: 60_000 };

interface Ran {
  readonly results: unknown;
  readonly stderr: string;
}

async function node(...args: string[]): Promise<Ran> {
  const env = {
    ...process.env,
    VITEST: undefined,
    NODE_OPTIONS: undefined,
    NODE_V8_COVERAGE: undefined,
  };
  const { stdout, stderr } = await execute(process.execPath, args, { cwd: programs, env });
  return { results: JSON.parse(stdout), stderr };
}

const everythingInModules = {
  plain: 3,
  constant: 41,
  data: [3, 0],
  recursion: 120,
  classes: 12,
  builtin: "11f6ad8e",
  namespace: "a/b",
  imported: 202,
  package: "Program",
  own: "not cancelled",
  relative: 101,
  bare: "function",
  declared: [2, [false, 20]],
  declaredInEntry: 30,
  byName: 7,
  refused: "ERR_SKEIN_SHIP",
  thrown: ["TypeError", true],
  line: "43",
};

const everythingInCommonJs = {
  plain: 3,
  constant: 41,
  data: [3, 0],
  recursion: 120,
  builtin: "11f6ad8e",
  namespace: "a/b",
  imported: 101,
  package: "Program",
  required: 101,
  relative: 101,
  directory: true,
  sloppy: "object",
  declared: [2, 20],
  declaredInEntry: 30,
  refused: "ERR_SKEIN_SHIP",
  thrown: "TypeError",
  line: "28",
};

const everythingInTypeScript = {
  constant: 40,
  data: 3,
  recursion: 120,
  classes: 3,
  builtin: "11f6ad8e",
  declaredInEntry: 30,
  thrown: true,
};

describe("runInThreadpool", () => {
  it("works in ECMAScript modules, and warns of nothing", patience, async () => {
    expect(await node("everything.mjs")).toEqual({ results: everythingInModules, stderr: "" });
  });

  it("works in CommonJS, and warns of nothing", patience, async () => {
    expect(await node("everything.cjs")).toEqual({ results: everythingInCommonJs, stderr: "" });
  });

  it("works inside a worker thread", patience, async () => {
    expect((await node("in-a-worker.mjs")).results).toEqual(everythingInModules);
  });

  it("works where a thread cannot import the module of a declared function", patience, async () => {
    expect((await node("unloadable.mjs")).results).toEqual([2, 4, 6]);
  });

  it(
    "works in a program that waits at its top level, with what it imports from Node",
    patience,
    async () => {
      const results = { imported: [false, true, 70, true], line: "12", relative: 101 };
      expect(await node("waiting.mjs")).toEqual({ results, stderr: "" });
      const inCommonJs = { imported: [false, true], line: "6" };
      expect(await node("waiting.cjs")).toEqual({ results: inCommonJs, stderr: "" });
    },
  );

  it("works with functions of a module that does much at its top level", patience, async () => {
    const { results } = await node("unlisted.mjs");
    expect(results).toEqual([["Program", 401], "number"]);
  });

  it("works in a program that is given as text", patience, async () => {
    const program = `
      import { runInThreadpool } from "skein";
      const two = 2;
      console.log(await runInThreadpool((n) => n * two, 21));`;
    expect(await node("--input-type=module", "--eval", program)).toEqual({
      results: 42,
      stderr: "",
    });
    const loaded = ["--import", "./before.mjs", "--input-type=module", "--eval"];
    const asks = `
      import { runInThreadpool } from "skein";
      console.log(await runInThreadpool(() => globalThis.before));`;
    expect((await node(...loaded, asks)).results).toBe(7);
  });

  it("works while a debugger may be attached", patience, async () => {
    expect((await node("--inspect=0", "everything.mjs")).results).toEqual(everythingInModules);
  });

  it("works under tsx", patience, async () => {
    expect((await node("--import", tsx, "everything.ts")).results).toEqual(everythingInTypeScript);
    expect((await node("--import", tsx, "everything.mjs")).results).toEqual(everythingInModules);
    expect((await node("--import", tsx, "everything.cjs")).results).toEqual(everythingInCommonJs);
  });

  it.each(stripsTypes ? ["everything.ts"] : [])(
    "works where Node strips types",
    patience,
    async (program) => {
      expect((await node(program)).results).toEqual(everythingInTypeScript);
    },
  );

  it.each(["--minify", "--keep-names"])("works bundled by esbuild %s", patience, async (how) => {
    const bundle = join(root, ".temp", `bundle${how}.mjs`);
    const bundled = ["--bundle", "--platform=node", "--format=esm", "--external:skein", how];
    await execute(esbuild(), [...bundled, join(programs, "everything.ts"), `--outfile=${bundle}`]);
    expect((await node(bundle)).results).toEqual(everythingInTypeScript);
  });

  it.each(["forks", "threads", "vmThreads"])(
    "works in tests run by vitest, in %s",
    patience,
    async (pool) => {
      const project = join(programs, "vitest-project");
      const args = [vitest, "run", "--root", project, "--pool", pool, "--reporter", "json"];
      const { results } = await node(...args);
      expect(results).toMatchObject({ numPassedTests: 2, numFailedTests: 0, success: true });
    },
  );

  it("says what to do where the inspector is not permitted", patience, async () => {
    const [major = 0] = process.versions.node.split(".").map(Number);
    const permission = major < 23 ? "--experimental-permission" : "--permission";
    const { results } = await node(
      permission,
      "--allow-fs-read=*",
      "--allow-worker",
      "permission.mjs",
    );
    expect(results).toMatchObject({ plain: 2, captures: 40 });
    expect(results).toHaveProperty(
      "refused",
      expect.stringMatching(/`factor`.*threaded\(import\.meta, fn\).*captures: \{ factor \}/),
    );
  });
});

/** It is there because tsx uses it. */
function esbuild(): string {
  const fromTsx = createRequire(fileURLToPath(tsx));
  return fromTsx.resolve("esbuild/bin/esbuild");
}
