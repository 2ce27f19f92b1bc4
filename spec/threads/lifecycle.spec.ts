import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Threadpool } from "../../lib/index.ts";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("../support/thread-programs/ends.mjs", import.meta.url));
const nested = fileURLToPath(new URL("../support/thread-programs/nested.mjs", import.meta.url));
/** Starting a process under load. */
const patience = { timeout: 60_000 };

/** Waits for what threads and timers bring about. */
async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await setTimeout(2);
}

describe("a process", () => {
  it.each([
    ["idle", "2"],
    ["rested", "2"],
    ["busy", "waited for"],
    ["queued", "0 1 2"],
    ["iterated", "1"],
    ["killed", "TimeoutError"],
  ])("ends by itself with a pool that is %s, after its calls", patience, async (state, prints) => {
    const { stdout, stderr } = await execute(process.execPath, [program, state]);
    expect([stdout.trim().replaceAll("\n", " "), stderr]).toEqual([prints, ""]);
  });
});

describe("a pool", () => {
  it("ends threads that nobody has used for a while, and starts others when they are needed", async () => {
    await using pool = new Threadpool({ maxThreads: 2, idleMs: 30 });
    expect(await pool.run(() => "first", [])).toBe("first");
    expect(pool.statistics().threads).toBe(1);
    await until(() => pool.statistics().threads === 0);
    expect(await pool.run(() => "second", [])).toBe("second");
  });

  it("lets its threads end themselves when it is closed, so that what they hold can be cleaned up", async () => {
    const pool = new Threadpool({ maxThreads: 2 });
    const ended = new Int32Array(new SharedArrayBuffer(4));
    const arrive = (ended: Int32Array): void => {
      process.once("exit", () => void Atomics.add(ended, 0, 1));
    };
    await pool.run(arrive, [ended]);
    await pool.close();
    expect(Atomics.load(ended, 0)).toBe(1);
    expect(pool.statistics().threads).toBe(0);
  });

  it("closes although a thread does not listen any more", async () => {
    const pool = new Threadpool({ maxThreads: 1 });
    const leaveBehind = (stuck: Int32Array): void => {
      setImmediate(() => {
        Atomics.store(stuck, 0, 1);
        for (;;);
      });
    };
    const stuck = new Int32Array(new SharedArrayBuffer(4));
    await pool.run(leaveBehind, [stuck]);
    await until(() => Atomics.load(stuck, 0) === 1);
    await pool.close();
    expect(pool.statistics().threads).toBe(0);
  });

  it("keeps a spare thread ready once one was ended for a call, and serves the next call in it", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const kill = async (): Promise<void> => {
      const begun = new Int32Array(new SharedArrayBuffer(4));
      const spin = (begun: Int32Array): void => {
        Atomics.store(begun, 0, 1);
        for (;;);
      };
      const controller = new AbortController();
      const call = pool.run(spin, [begun], { signal: controller.signal });
      await until(() => Atomics.load(begun, 0) === 1);
      controller.abort("enough");
      await expect(call).rejects.toBe("enough");
    };
    await kill();
    await pool.run(() => 1, []);
    await until(() => pool.statistics().threads === 2);
    await kill();
    expect(pool.statistics().threads).toBeGreaterThanOrEqual(1);
    await until(() => pool.statistics().threads === 2);
  });

  it("keeps threads that are used", async () => {
    await using pool = new Threadpool({ maxThreads: 1, idleMs: 30 });
    const count = (): number => {
      const counter = globalThis as { calls?: number };
      return (counter.calls = (counter.calls ?? 0) + 1);
    };
    const end = Date.now() + 200;
    let calls = 0;
    while (Date.now() < end) expect(await pool.run(count, [])).toBe(++calls);
  });
});

describe("inside a thread the default pool", () => {
  it("is the thread's own, as wide as the machine and at least 2", patience, async () => {
    const { stdout } = await execute(process.execPath, [nested]);
    const { threads, completed, met, sep } = JSON.parse(stdout) as Record<string, unknown>;
    expect(new Set(threads as number[]).size).toBe(3);
    expect([completed, met, sep]).toEqual([1, [2, 2], "/"]);
  });
});

describe("an iterator that is dropped without return()", () => {
  it("ends its generator when it is collected, and gives its thread back", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await using pool = new Threadpool({ maxThreads: 1 });
    const ended = new Int32Array(new SharedArrayBuffer(4));
    const numbers = function* (ended: Int32Array): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        Atomics.store(ended, 0, 1);
      }
    };
    const begin = async (): Promise<void> => {
      const iterator = pool.iterate(numbers, [ended]);
      expect(await iterator.next()).toEqual({ done: false, value: 0 });
    };
    await begin();
    while (Atomics.load(ended, 0) === 0) {
      collect();
      await setTimeout(5);
    }
    expect(await pool.run(() => "free", [])).toBe("free");
  });
});
