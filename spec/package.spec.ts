import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplesOf } from "./support/examples.ts";
import { InstalledPackage } from "./support/installed-package.ts";

const programs = readdirSync(new URL("support/package-programs/", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const installing = 120_000;
const starting = 60_000;

const [firstProgram] = examplesOf("README.md", readme);
if (firstProgram === undefined) throw new Error("README.md has no program");

describe("the packed and installed package", () => {
  let installed: InstalledPackage;
  beforeAll(async () => {
    installed = await InstalledPackage.create();
    installed.add("readme.ts", firstProgram.code);
    installed.add("readme.mjs", firstProgram.code);
  }, installing);
  afterAll(() => installed[Symbol.asyncDispose]());

  it.each(programs.filter((program) => /\.[cm]js$/.test(program)))(
    "runs a program: %s",
    { timeout: starting },
    async (program) => {
      await expect(installed.node([program])).resolves.toMatchObject({ stdout: "", stderr: "" });
    },
  );

  it(
    "runs the first program of README.md, pasted as JavaScript",
    { timeout: starting },
    async () => {
      const { stdout } = await installed.node(["readme.mjs"]);
      expect(stdout.trim().split("\n")).toEqual(firstProgram.prints);
    },
  );

  it(
    "type-checks programs with its declarations, that of README.md among them",
    { timeout: starting },
    async () => {
      await expect(installed.typeErrors()).resolves.toBe("");
    },
  );

  it(
    "loads no threads, processes and streams before they are used",
    { timeout: starting },
    async () => {
      const scripts = await installed.scriptsLoadedBy("skein");
      expect(scripts).toContainEqual(
        expect.stringMatching(/node_modules\/skein\/dist\/index\.js$/),
      );
      expect(scripts).not.toContainEqual(expect.stringContaining("skein-thread"));
      const builtins = await installed.builtinsLoadedBy("skein");
      const late = /^(worker_threads|inspector|child_process|stream|internal\/crypto\/webcrypto)$/;
      expect(builtins.filter((name) => late.test(name))).toEqual([]);
    },
  );

  it("needs no other package", { timeout: starting }, () => {
    expect(installed.packages()).toEqual(["skein"]);
  });

  it("sees a built-in module that is loaded", { timeout: starting }, async () => {
    await expect(installed.builtinsLoadedBy("node:inspector")).resolves.toContain("inspector");
    for (const name of ["worker_threads", "child_process"]) {
      await expect(installed.builtinsLoadedBy(`node:${name}`)).resolves.toContain(name);
    }
  });
});
