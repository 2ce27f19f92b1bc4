import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { Threadpool } from "../../lib/index.ts";
import { callId } from "../../lib/worker.ts";

const worker = createRequire(import.meta.url).resolve("skein/worker");

describe("callId", () => {
  it("is undefined outside of a thread", () => {
    expect(callId()).toBeUndefined();
  });

  it("is what the caller says, also beside arguments and variables of every size", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const large = "l".repeat(10_000);
    const options = { callId: "key", captures: { worker } };
    const small = async (path: string) => (await import(path)).callId() as string;
    expect(await pool.run(small, [worker], options)).toBe("key");
    const big = async (path: string, text: string) => [(await import(path)).callId(), text.length];
    expect(await pool.run(big, [worker, large], options)).toEqual(["key", 10_000]);
  });

  it("is another one for each call that is given none, and stays the same while it runs", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const twice = async (path: string) => {
      const { callId } = await import(path);
      const before: unknown = callId();
      await new Promise(setImmediate);
      return [before, callId()] as string[];
    };
    const [given] = await pool.run(twice, [worker], { callId: "given" });
    const [first, again] = await pool.run(twice, [worker]);
    const [second] = await pool.run(twice, [worker]);
    expect(given).toBe("given");
    expect(again).toBe(first);
    expect(new Set([given, first, second]).size).toBe(3);
  });

  it("is the same in all steps of an iteration", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    function* ids(path: string): Generator<string> {
      const { createRequire } = process.getBuiltinModule("node:module");
      const { callId } = createRequire(path)(path) as { callId: () => string };
      for (let i = 0; i < 100; i += 1) yield callId();
    }
    const seen = new Set<string>();
    for await (const id of pool.iterate(ids, [worker])) seen.add(id);
    expect(seen.size).toBe(1);
  });
});
