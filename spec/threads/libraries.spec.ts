/** Libraries as they are installed, used in threads as their documentation tells. */
import { createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { transform as transformStyles } from "lightningcss";
import { marked } from "marked";
import ts from "typescript-6";
import { afterAll, describe, expect, it } from "vitest";
import { callback, runInThreadpool, Threadpool } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const pool = new Threadpool({ maxThreads: 2 });
afterAll(() => pool.close());

/** Loading a large library in a thread, under load. */
const patience = { timeout: 60_000 };
const readme = readFileSync("README.md", "utf8");
const source = readFileSync("lib/threads/thread-pool.ts", "utf8");

/** What is used of it; the types of Node do not have it. */
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: {
    Module: new (code: Uint8Array) => object;
    Instance: new (module: object) => { exports: Record<string, (a: number, b: number) => number> };
  };
};

/** `(func (export "add") (param i32 i32) (result i32) …)` */
const adder = Uint8Array.from(
  Buffer.from(
    "0061736d0100000001070160027f7f017f03020100" + "0707010361646400000a09010700200020016a0b",
    "hex",
  ),
);

describe("a function in a thread may use", () => {
  it("marked", patience, async () => {
    const expected = marked.parse(readme);
    expect(await pool.run((text: string) => marked.parse(text), [readme])).toBe(expected);
    expect(await pool.run(marked.parse, [readme])).toBe(expected);
    const shout = (text: string): string =>
      marked
        .parse(text, { async: false, walkTokens: (token) => void (token.type === "em") })
        .toUpperCase();
    expect(await runInThreadpool(shout, "*ah*")).toBe("<P><EM>AH</EM></P>\n");
  });

  it("the TypeScript compiler", patience, async () => {
    const transpile = (text: string): string => {
      const { ESNext } = ts.ModuleKind;
      return ts.transpileModule(text, { compilerOptions: { module: ESNext } }).outputText;
    };
    const texts = [source, "export const x: number = 1;", "enum A { b }"];
    const outputs = await Promise.all(texts.map((text) => pool.run(transpile, [text])));
    expect(outputs).toEqual(texts.map(transpile));
  });

  it("a native add-on, and is ended in the middle of it", patience, async () => {
    const minify = (styles: string): string =>
      transformStyles({
        filename: "a.css",
        code: Buffer.from(styles),
        minify: true,
      }).code.toString();
    const results = await Promise.all(
      [1, 2, 3, 4].map((n) => pool.run(minify, [`.a { width: ${n}px }`])),
    );
    expect(results).toEqual([1, 2, 3, 4].map((n) => `.a{width:${n}px}`));

    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const begun = callback(() => controller.abort("enough"));
      const forever = (begun: () => void): void => {
        begun();
        for (;;) minify(".a { color: red }");
      };
      const call = pool.run(forever, [begun], { signal: controller.signal });
      expect(await rejectionOf(call)).toBe("enough");
    }
    expect(await pool.run(minify, [".a { color: red }"])).toBe(".a{color:red}");
  });

  it("the synchronous calls of node:zlib and node:crypto", async () => {
    const packed = await runInThreadpool(gzipSync, readme);
    expect(packed).toBeInstanceOf(Buffer);
    expect(gunzipSync(packed).toString()).toBe(readme);
    const both = (text: string): string =>
      brotliDecompressSync(brotliCompressSync(text)).toString().slice(0, 10);
    expect(await runInThreadpool(both, readme)).toBe(readme.slice(0, 10));
    const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect(await runInThreadpool(hash, readme)).toBe(hash(readme));
    const derived = await Promise.all([
      pool.run(pbkdf2Sync, ["password", "salt", 1_000, 32, "sha512"]),
      pool.run((password: string) => scryptSync(password, "salt", 32), ["password"]),
    ]);
    expect(derived).toEqual([
      pbkdf2Sync("password", "salt", 1_000, 32, "sha512"),
      scryptSync("password", "salt", 32),
    ]);
    expect(await rejectionOf(runInThreadpool(gunzipSync, "not packed"))).toMatchObject({
      code: "Z_DATA_ERROR",
      errno: -3,
    });
  });

  it("WebAssembly, compiled there or here", async () => {
    const add = (code: object, a: number, b: number): unknown => {
      const module = code instanceof wasm.Module ? code : new wasm.Module(code as Uint8Array);
      return new wasm.Instance(module).exports["add"]?.(a, b);
    };
    expect(await runInThreadpool(add, adder, 40, 2)).toBe(42);
    expect(await runInThreadpool(add, new wasm.Module(adder), 40, 2)).toBe(42);
    expect(await runInThreadpool(() => add(adder, 1, 2))).toBe(3);
  });

  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const hasSqlite = major > 22 || (major === 22 && minor >= 13);

  it.skipIf(!hasSqlite)("node:sqlite, opened in the thread", async () => {
    const count = (rows: number): unknown => {
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as {
        DatabaseSync: new (path: string) => {
          exec(text: string): void;
          prepare(text: string): { run(n: number): void; get(): unknown };
        };
      };
      const database = new DatabaseSync(":memory:");
      database.exec("create table numbers (n integer)");
      const insert = database.prepare("insert into numbers values (?)");
      for (let n = 0; n < rows; n++) insert.run(n);
      return database.prepare("select count(*) as count, sum(n) as sum from numbers").get();
    };
    expect({ ...((await runInThreadpool(count, 100)) as object) }).toEqual({
      count: 100,
      sum: 4950,
    });
  });
});
