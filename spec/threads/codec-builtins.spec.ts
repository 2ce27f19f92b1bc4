import fs from "node:fs";
import { isBuiltin } from "node:module";
import os from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { builtinAt, builtinPathOf } from "../../lib/threads/codec/builtins.ts";
import { patience, runProgram, testPool } from "../support/threads.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const back of undo.splice(0)) back();
});

/** Puts something where a built-in value is, for one test. */
function put(holder: object, key: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  const how = before ?? { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(holder, key, { ...how, value });
  undo.push(() => {
    if (before === undefined) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, before);
  });
}

describe("builtinPathOf", () => {
  it.each([
    ["an intrinsic", Array.prototype.map],
    ["a class", Map],
    ["an object of the language", Math],
    ["a function that Node has in JavaScript", fs.readFileSync],
    ["one of its globals", structuredClone],
    ["a class of its globals", URL],
    ["a timer", setTimeout],
    ["one of the process", Reflect.get(process, "cwd")],
    ["one that is another by name", process.getBuiltinModule("node:zlib").gzipSync],
    ["a module", os],
    ["one that is a function", process.getBuiltinModule("node:assert")],
  ])("tells where %s is", (_, value) => {
    const path = builtinPathOf(value);
    expect(path).toBeDefined();
    expect(builtinAt(path!)).toBe(value);
  });

  it.each([
    ["nothing", () => {}],
    ["a declaration of the same name", function readFileSync() {}],
    [
      "a long text",
      function readFileSync(path: string): string {
        return `mock of a function that has read the file ${path} since there are files`;
      },
    ],
    ["a bound function", ((...args: unknown[]) => args).bind(null)],
    ["a proxy", new Proxy(fs.readFileSync, {})],
  ])("knows none that the program has put on a built-in object: %s", (_, mock) => {
    for (const holder of [fs, globalThis, Array.prototype]) put(holder, "readFileSync", mock);
    put(globalThis, "fetch", mock);
    expect(builtinPathOf(mock)).toBeUndefined();
    expect(builtinPathOf(fs)).toBeUndefined();
    expect(builtinPathOf(fs.existsSync)).toEqual(["node:fs", "existsSync"]);
    expect(builtinPathOf(Array.prototype.map)).toEqual(["globalThis", "Array", "prototype", "map"]);
  });

  it("knows a module again when it is as it was", () => {
    put(os, "cpus", () => []);
    expect(builtinPathOf(os)).toBeUndefined();
    undo.pop()!();
    expect(builtinPathOf(os)).toEqual(["node:os"]);
  });
});

describe("a function that was put on a built-in object", () => {
  it("is what runs in a thread, before and after the first look", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const real = (): boolean => fs.existsSync("/nowhere/at/all");
    expect(await pool.run(real, [])).toBe(false);
    put(fs, "existsSync", (path: string) => `mocked ${path}`);
    expect(await pool.run(real, [])).toBe("mocked /nowhere/at/all");
    const last = function (this: unknown[]): unknown {
      return this[this.length - 1];
    };
    put(Array.prototype, "lastOne", last);
    expect(await pool.run(() => last.call([1, 2]), [])).toBe(2);
  });
});

interface Database {
  prepare(query: string): { get(): unknown };
}

describe("modules of Node that few use", () => {
  it.each(["all", "none", "early"])(
    "are known where the list of what is loaded has %s, and no look at them warns",
    patience,
    async (list) => {
      const { lines, stderr } = await runProgram("rare-builtins.mjs", list);
      const expected = ["wasi", "test", "sea", "sqlite"].filter((name) =>
        isBuiltin(`node:${name}`),
      );
      expect(lines).toEqual(expected.map((name) => `${name} true`));
      expect(stderr).toBe("");
    },
  );

  it.runIf(isBuiltin("node:sqlite"))("are at home in a thread", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:os") as unknown as {
      DatabaseSync: new (path: string) => Database;
    };
    const sum = (): unknown => new DatabaseSync(":memory:").prepare("select 1 + 1 as two").get();
    expect(await pool.run(sum, [])).toMatchObject({ two: 2 });
  });
});
