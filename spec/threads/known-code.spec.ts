import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Threadpool } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

// A function's code goes to a thread once, with the first call of it.

const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Has calls of a function come to be known as tiny. */
async function makeTiny(call: (pool: Threadpool) => Promise<unknown>): Promise<void> {
  await using pool = new Threadpool({ maxThreads: 1 });
  await Promise.all(Array.from({ length: 50 }, () => call(pool)));
}

describe("a function whose first call in a thread", () => {
  it("is cancelled before it begins serves those that have gone with it", async () => {
    const wait = (gate: Int32Array): number => (Atomics.wait(gate, 0, 0), 1);
    const half = (n: number): number => n / 2;
    const opened = cells();
    open(opened);
    await makeTiny((pool) => pool.run(wait, [opened]));
    await makeTiny((pool) => pool.run(half, [2]));

    await using pool = new Threadpool({ maxThreads: 1 });
    const gate = cells();
    const controller = new AbortController();
    const long = pool.run(wait, [gate]);
    const first = pool.run(half, [2], { signal: controller.signal });
    const others = [4, 6].map((n) => pool.run(half, [n]));
    while (pool.statistics().running === 0) await turn();
    controller.abort("not needed");
    expect(await rejectionOf(first)).toBe("not needed");
    open(gate);
    expect(await Promise.all([long, ...others])).toEqual([1, 2, 3]);
  });

  it("cannot be sent serves those that were to go with it", async () => {
    const kind = (value: unknown): string => typeof value;
    await makeTiny((pool) => pool.run(kind, [1]));

    await using pool = new Threadpool({ maxThreads: 1 });
    const first = pool.run(kind, [1]);
    const refused = rejectionOf(pool.run(kind, [new Proxy({}, {})]));
    const last = pool.run(kind, ["text"]);
    expect(await Promise.all([first, last])).toEqual(["number", "string"]);
    expect(await refused).toMatchObject({ name: "NotTransferableError", path: ["args", "0"] });
  });

  it("belongs to a package that no import leads to lets all of them fail with why", async () => {
    const folder = await mkdtemp(join(tmpdir(), "skein-gone-"));
    const home = join(folder, "node_modules", "halves");
    await mkdir(home, { recursive: true });
    const path = join(home, "index.mjs");
    await writeFile(
      path,
      "const halves = new WeakMap(); export const half = (n) => (halves.get({}), n / 2);",
    );
    await writeFile(join(home, "package.json"), '{ "name": "halves", "exports": "./index.mjs" }');
    const { half } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as {
      half: (n: number) => number;
    };
    await rm(folder, { recursive: true });

    await using pool = new Threadpool({ maxThreads: 1 });
    const calls = [2, 4, 6].map((n) => rejectionOf(pool.run(half, [n])));
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({
        message: expect.stringContaining(
          "no import of the module that uses it leads to it",
        ) as string,
      });
  });
});
