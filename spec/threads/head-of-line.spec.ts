import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { CapacityLimiter } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, open, patience, reached, testPool } from "../support/threads.ts";

/** Known to be short; this once it waits at a gate, if it is given one. */
const step = (n: number, gate: Int32Array | null): number => {
  if (gate !== null) {
    Atomics.add(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
  }
  return n;
};

/** Computes until a gate opens. */
const spin = (gate: Int32Array): string => {
  Atomics.add(gate, 1, 1);
  while (Atomics.load(gate, 0) === 0);
  return "spun";
};

describe("calls of one turn of which one turns out long", () => {
  it.each([
    [8, 0],
    [8, 7],
    [8, 15],
    [2, 0],
    [2, 15],
  ])("do not wait for it: %i threads, the long one at %i", patience, async (maxThreads, at) => {
    const pool = testPool({ maxThreads });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const calls = Array.from({ length: 16 }, (_, n) => pool.run(step, [n, n === at ? gate : null]));
    const others = calls.filter((_, n) => n !== at);
    expect(await Promise.all(others)).toHaveLength(15);
    await reached(gate, 1);
    open(gate);
    expect(await calls[at]).toBe(at);
  });

  it("do not wait for it with a scope and a deadline either", patience, async () => {
    const pool = testPool({ maxThreads: 4 });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const { signal } = new AbortController();
    const calls = Array.from({ length: 16 }, (_, n) =>
      pool.run(step, [n, n === 0 ? gate : null], { signal, timeoutMs: 60_000 }),
    );
    expect(await Promise.all(calls.slice(1))).toHaveLength(15);
    open(gate);
    expect(await calls[0]).toBe(0);
  });

  it("do not wait for it in threads that were all busy just before", patience, async () => {
    const pool = testPool({ maxThreads: 4 });
    const warm = cells();
    const busy = Array.from({ length: 4 }, () => pool.run(spin, [warm]));
    await reached(warm, 1, 4);
    open(warm);
    await Promise.all(busy);
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const calls = Array.from({ length: 16 }, (_, n) => pool.run(step, [n, n === 0 ? gate : null]));
    expect(await Promise.all(calls.slice(1))).toHaveLength(15);
    open(gate);
    expect(await calls[0]).toBe(0);
  });

  it("of several functions do not wait for it", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const half = (n: number): number => n / 2;
    await makeShort(() => pool.run(step, [0, null]));
    await makeShort(() => pool.run(half, [2]));
    const gate = cells();
    const long = pool.run(step, [0, gate]);
    const others = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0 ? pool.run(half, [n]) : pool.run(step, [n, null]),
    );
    expect(await Promise.all(others)).toHaveLength(20);
    open(gate);
    expect(await long).toBe(0);
  });
});

describe("calls behind an abandoned one that never ends", () => {
  it("run in other threads", patience, async () => {
    const pool = testPool({ maxThreads: 4 });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const controller = new AbortController();
    const { signal } = controller;
    const left = rejectionOf(pool.run(step, [0, gate], { signal, onCancel: "abandon" }));
    const behind = [1, 2, 3].map((n) => pool.run(step, [n, null]));
    await reached(gate, 1);
    controller.abort("left");
    expect(await left).toBe("left");
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
    expect(await pool.run(step, [4, null])).toBe(4);
    expect(pool.statistics().running).toBe(1);
    open(gate);
  });

  it("run in other threads when it was left at its deadline", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const options = { onCancel: "abandon", timeoutMs: 50 } as const;
    const left = rejectionOf(pool.run(step, [0, gate], options));
    const behind = pool.run(step, [1, null]);
    expect(await left).toMatchObject({ name: "TimeoutError" });
    expect(await behind).toBe(1);
    open(gate);
  });

  it("run one after the other in the only thread that is left", patience, async () => {
    const pool = testPool({ maxThreads: 3 });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const controller = new AbortController();
    const { signal } = controller;
    const left = [1, 2].map((n) =>
      rejectionOf(pool.run(step, [n, gate], { signal, onCancel: "abandon" })),
    );
    await reached(gate, 1, 2);
    controller.abort("left");
    expect(await Promise.all(left)).toEqual(["left", "left"]);
    const behind = Array.from({ length: 50 }, (_, n) => pool.run(step, [n, null]));
    expect(await Promise.all(behind)).toEqual(behind.map((_, n) => n));
    open(gate);
  });
});

describe("a function that is known to be short", () => {
  it("runs while all threads of a pool without options compute", patience, async () => {
    const pool = testPool();
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const width = Math.max(2, availableParallelism());
    const computing = Array.from({ length: width + 2 }, () => pool.run(spin, [gate]));
    await reached(gate, 1, width);
    for (let n = 0; n < 5; n++) expect(await pool.run(step, [n, null])).toBe(n);
    const many = Array.from({ length: 10 }, (_, n) => pool.run(step, [n, null]));
    expect(await Promise.all(many)).toHaveLength(10);
    open(gate);
    expect(new Set(await Promise.all(computing))).toEqual(new Set(["spun"]));
  });

  it(
    "runs while all threads compute also where many computations are queued",
    patience,
    async () => {
      const pool = testPool();
      await makeShort(() => pool.run(step, [0, null]));
      const gate = cells();
      const width = Math.max(2, availableParallelism());
      const computing = Array.from({ length: width * 4 }, () => pool.run(spin, [gate]));
      const short = pool.run(step, [1, null]);
      expect(await short).toBe(1);
      open(gate);
      expect(await Promise.all(computing)).toHaveLength(width * 4);
    },
  );

  it("that turns out long keeps no other short one waiting", patience, async () => {
    const pool = testPool();
    await makeShort(() => pool.run(step, [0, null]));
    const half = (n: number): number => n / 2;
    await makeShort(() => pool.run(half, [2]));
    const gate = cells();
    const width = Math.max(2, availableParallelism());
    const computing = Array.from({ length: width }, () => pool.run(spin, [gate]));
    await reached(gate, 1, width);
    const blocked = cells();
    const long = pool.run(step, [-1, blocked]);
    expect(await pool.run(half, [4])).toBe(2);
    open(blocked);
    expect(await long).toBe(-1);
    open(gate);
    await Promise.all(computing);
  });

  it("waits where its limiter or the pool's has no room", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const pool = testPool();
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const first = pool.run(step, [1, gate], { limiter });
    await reached(gate, 1);
    let isSettled = false;
    const second = pool.run(step, [2, null], { limiter }).then((n) => ((isSettled = true), n));
    // Others come and go meanwhile.
    for (let n = 0; n < 20; n++) await pool.run(step, [n, null]);
    expect(isSettled).toBe(false);
    expect(pool.statistics()).toMatchObject({ running: 1, queued: 1 });
    expect(limiter.statistics().used).toBe(1);
    open(gate);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });
});
