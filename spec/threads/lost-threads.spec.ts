import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Threadpool, transfer, WorkerExitedError } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

// Threads that end, or stop to listen, at moments when the main thread does not know yet how far they are.

const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(String(warning));
beforeAll(() => void process.on("warning", onWarning));
afterAll(() => void process.off("warning", onWarning));

const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(16));

function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

async function reached(gate: Int32Array): Promise<void> {
  while (Atomics.load(gate, 1) === 0) await turn();
}

/** Leaves something behind that keeps the thread busy until the gate opens, and then ends as it is told. */
const leave = (gate: Int32Array, end: string): void => {
  setImmediate(() => {
    Atomics.store(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
    if (end === "exit") process.exit(5);
    if (end === "throw") throw new Error("left behind");
  });
};

/** Has calls of a function come to be known as tiny. */
async function makeTiny(call: (pool: Threadpool) => Promise<unknown>): Promise<void> {
  await using pool = new Threadpool({ maxThreads: 1 });
  await Promise.all(Array.from({ length: 50 }, () => call(pool)));
}

const half = (n: number): number => n / 2;

describe("calls that are given to a thread which ends before it has begun them", () => {
  it.each([
    ["exit", 0],
    ["throw", 1],
  ])("run in another, when by %s, of which %i is told", async (end, reports) => {
    await makeTiny((pool) => pool.run(half, [2]));
    await using pool = new Threadpool({ maxThreads: 1 });
    const gate = cells();
    await pool.run(leave, [gate, end]);
    await reached(gate);
    // Until the thread is back in the pool, whose calls it gets without being asked how it is.
    await pause(50);
    const calls = [2, 4, 6].map((n) => pool.run(half, [n]));
    await turn();
    open(gate);
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
    const told = (): string[] => warnings.filter((warning) => warning.includes("left behind"));
    await expect.poll(told).toHaveLength(reports);
  });
});

describe("a call whose memory has moved to a thread that ends before it has begun the call", () => {
  it("rejects, for it cannot be moved to another one", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const gate = cells();
    await pool.run(leave, [gate, "exit"]);
    await reached(gate);
    const bytes = new Uint8Array(1_000_000);
    const call = rejectionOf(pool.run((given: Uint8Array) => given.length, [transfer(bytes)]));
    await turn();
    open(gate);
    expect(await call).toMatchObject({
      code: "ERR_SKEIN_WORKER_START",
      message: expect.stringContaining("moved"),
    });
    expect(await pool.run(half, [4])).toBe(2);
  });
});

describe("calls that wait behind some that end their threads", () => {
  it("run in other threads", async () => {
    const step = (n: number): number => {
      if (n < 0) process.exit(n + 10);
      return n;
    };
    await makeTiny((pool) => pool.run(step, [2]));
    await using pool = new Threadpool({ maxThreads: 1 });
    const ends = Array.from({ length: 5 }, () => rejectionOf(pool.run(step, [-1])));
    expect(await pool.run(step, [1])).toBe(1);
    for (const error of await Promise.all(ends)) expect(error).toMatchObject({ exitCode: 9 });
  });
});

describe("a call", () => {
  it("is told how its thread ended, though that was before the thread had reported", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const gate = cells();
    const end = (gate: Int32Array, code: number): never => {
      process.once("exit", () => {
        Atomics.store(gate, 1, 1);
        Atomics.notify(gate, 1);
      });
      process.exit(code);
    };
    await pool.run(() => 1, []);
    // Until the thread is back in the pool.
    await pause(50);
    const call = rejectionOf(pool.run(end, [gate, 3]));
    // Nothing is heard here until the thread is gone.
    Atomics.wait(gate, 1, 0);
    Atomics.wait(gate, 0, 0, 100);
    const error = await call;
    expect(error).toBeInstanceOf(WorkerExitedError);
    const message = "The worker thread ended with exit code 3 while it ran the function";
    expect(error).toMatchObject({ exitCode: 3, message });
  });

  it("has the result that its thread sent before it ended", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const gate = cells();
    const end = (gate: Int32Array): string => {
      process.once("exit", () => {
        Atomics.store(gate, 1, 1);
        Atomics.notify(gate, 1);
      });
      setImmediate(() => process.exit(0));
      return "sent";
    };
    await pool.run(half, [2]);
    // Until the thread is back in the pool.
    await pause(50);
    const call = pool.run(end, [gate]);
    // Nothing is heard here until the thread is gone.
    Atomics.wait(gate, 1, 0);
    Atomics.wait(gate, 0, 0, 100);
    expect(await call).toBe("sent");
  });
});

describe("a thread that is busy with what an earlier call has left behind", () => {
  /** A pool whose only thread has taken a call that it does not begin. */
  async function busy(gate: Int32Array): Promise<Threadpool> {
    const pool = new Threadpool({ maxThreads: 1 });
    await pool.run(leave, [gate, ""]);
    await reached(gate);
    const controller = new AbortController();
    const call = pool.run(() => "never", [], { signal: controller.signal });
    await turn();
    controller.abort("not needed");
    expect(await rejectionOf(call)).toBe("not needed");
    return pool;
  }

  it("runs no call that was cancelled, and every other, however many there were", async () => {
    const gate = cells();
    await using pool = await busy(gate);
    const count = (gate: Int32Array): number => Atomics.add(gate, 2, 1) + 1;
    for (let n = 0; n < 40; n++) {
      const controller = new AbortController();
      const call = pool.run(count, [gate], { signal: controller.signal });
      controller.abort(n);
      expect(await rejectionOf(call)).toBe(n);
    }
    const last = pool.run(count, [gate]);
    open(gate);
    expect(await last).toBe(1);
  });

  it("does not keep the pool from closing", async () => {
    const gate = cells();
    const pool = await busy(gate);
    await pool.close();
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0, threads: 0 });
  });
});

describe("a call that is cancelled", () => {
  /** Says that it has begun, and waits, if it is told to. */
  const meet = (gate: Int32Array): string => {
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    Atomics.wait(gate, 0, 0);
    return "met";
  };

  it("is ended with its thread while it runs, and what is behind it runs in another", async () => {
    const opened = cells();
    open(opened);
    await makeTiny((pool) => pool.run(meet, [opened]));
    await makeTiny((pool) => pool.run(half, [2]));
    await using pool = new Threadpool({ maxThreads: 1 });
    await pool.run(meet, [opened]);
    await pool.run(half, [2]);
    const gate = cells();
    const controller = new AbortController();
    const running = rejectionOf(pool.run(meet, [gate], { signal: controller.signal }));
    const behind = Array.from({ length: 5 }, (_, i) => pool.run(half, [i * 2]));
    await reached(gate);
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await running).toBe(reason);
    expect(await Promise.all(behind)).toEqual([0, 1, 2, 3, 4]);
  });
});
