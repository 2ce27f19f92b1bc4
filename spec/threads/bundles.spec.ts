import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Threadpool } from "../../lib/index.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(root, "spec/support/thread-programs/bundled.mjs");
const dist = join(root, "dist/skein-thread.cjs");
const fromTsx = createRequire(import.meta.resolve("tsx"));
const esbuild = fromTsx.resolve("esbuild/bin/esbuild");
/** Starting processes under load. */
const patience = { timeout: 60_000 };

const results = {
  closure: 42,
  declared: 42,
  called: 42,
  items: [1, 2],
  asked: "AbortError",
  told: ["asking"],
  moved: [1, 2],
};

describe.each([
  ["esm", "mjs"],
  ["cjs", "cjs"],
])("a bundle with the library inside, as %s", (format, extension) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "skein-bundle-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const bundle = async (name: string, ...entries: string[]): Promise<string> => {
    const options = ["--bundle", "--platform=node", `--format=${format}`, "--log-level=error"];
    const outdir = [`--outdir=${join(folder, name)}`, `--out-extension:.js=.${extension}`];
    const args = [...options, ...outdir, `app=${program}`, ...entries];
    await execute(esbuild, args, { cwd: root });
    return join(folder, name, `app.${extension}`);
  };
  const run = async (...args: string[]): Promise<unknown> => {
    const env = { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined };
    const { stdout } = await execute(process.execPath, args, { cwd: folder, env });
    return JSON.parse(stdout);
  };

  it("runs threads if `skein/thread` is an entry point beside it", patience, async () => {
    expect(await run(await bundle("beside", "skein-thread=skein/thread"))).toEqual(results);
  });

  it("runs threads if it is told where their program is, by path or URL", patience, async () => {
    const app = await bundle("told");
    expect(await run(app, dist)).toEqual(results);
    expect(await run(app, pathToFileURL(dist).href)).toEqual(results);
  });

  it(
    "loads, and says what to do when a thread is needed, if neither is there",
    patience,
    async () => {
      expect(await run(await bundle("alone"))).toEqual([
        "ERR_SKEIN_WORKER_START",
        expect.stringMatching(/Make `skein\/thread` an entry point.*Threadpool\.program/),
      ]);
    },
  );

  it("finds the program of the package that is installed where it runs", patience, async () => {
    // Inside of the package its own name is known.
    const app = join(root, ".temp", "inside", "of", `bundle.${extension}`);
    const options = ["--bundle", "--platform=node", `--format=${format}`, "--log-level=error"];
    await execute(esbuild, [...options, program, `--outfile=${app}`], {
      cwd: root,
    });
    expect(await run(app)).toEqual(results);
  });
});

describe("Threadpool.program", () => {
  const expected = /^Expected `program` to be an absolute path or a file URL, got /;

  it.each(["skein-thread.cjs", "https://example.org/thread.cjs", "", 1, null, {}])(
    "refuses %j, as the option does",
    (given) => {
      expect(() => new Threadpool({ program: given as never })).toThrow(expected);
      expect(() => (Threadpool.program = given as never)).toThrow(TypeError);
      expect(Threadpool.program).toBe(undefined);
    },
  );

  it("names the file that is not there when a thread is needed", patience, async () => {
    const nowhere = join(root, "nowhere", "skein-thread.cjs");
    await using pool = new Threadpool({ program: nowhere });
    const error = await pool.run(() => 1, []).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining(nowhere) });
  });
});
