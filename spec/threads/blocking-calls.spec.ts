import { describe, expect, it } from "vitest";
import { CapacityLimiter, Threadpool, ThreadpoolClosedError } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, open, patience, reached, testPool, until } from "../support/threads.ts";

/** Blocks its thread until as many as are expected are here. */
const meet = (here: Int32Array, all: number): number => {
  Atomics.add(here, 0, 1);
  Atomics.notify(here, 0);
  for (;;) {
    const arrived = Atomics.load(here, 0);
    if (arrived >= all) return arrived;
    Atomics.wait(here, 0, arrived);
  }
};

/** Counts itself in (1), waits for the gate (0) and counts itself out; cell 2 is how many there ever were at once. */
const pass = (gate: Int32Array): void => {
  const running = Atomics.add(gate, 1, 1) + 1;
  for (let most = Atomics.load(gate, 2); most < running; most = Atomics.load(gate, 2)) {
    Atomics.compareExchange(gate, 2, most, running);
  }
  Atomics.wait(gate, 0, 0);
  Atomics.sub(gate, 1, 1);
};

const all = <T>(length: number, call: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length }, call));

describe("calls that block in a pool without options", () => {
  it.each([8, 20, 40])(
    "do not keep each other from running: %i",
    { timeout: 30_000 },
    async (count) => {
      const pool = testPool();
      const here = cells();
      expect(await all(count, () => pool.run(meet, [here, count]))).toHaveLength(count);
    },
  );

  it("do not keep iterations and generators from running", { timeout: 30_000 }, async () => {
    const pool = testPool();
    const here = cells();
    const meeting = function* (here: Int32Array): Generator<number, void, undefined> {
      Atomics.add(here, 0, 1);
      Atomics.notify(here, 0);
      for (let n = Atomics.load(here, 0); n < 8; n = Atomics.load(here, 0))
        Atomics.wait(here, 0, n);
      yield Atomics.load(here, 0);
    };
    const iterators = [1, 2, 3].map(() => pool.iterate(meeting, [here]));
    const items = iterators.map((iterator) => iterator.next());
    const held = [1, 2].map(() => pool.hold(meeting, [here]));
    const calls = [1, 2, 3].map(() => pool.run(meet, [here, 8]));
    expect(await Promise.all(calls)).toHaveLength(3);
    for (const item of items) expect(await item).toMatchObject({ done: false });
    for (const iterator of iterators) await iterator.return!();
    for (const each of held) await (await each).finish({ kind: "success" });
  });

  it("do not keep those from running that compute", { timeout: 30_000 }, async () => {
    const pool = testPool();
    const gate = cells();
    const blocked = all(12, () => pool.run(pass, [gate]));
    await reached(gate, 1, 2);
    const compute = (rounds: number): number => {
      let sum = 0;
      for (let i = 0; i < rounds; i++) sum += i % 7;
      return sum;
    };
    for (let n = 0; n < 5; n++) expect(await pool.run(compute, [1_000_000])).toBeGreaterThan(0);
    open(gate);
    await blocked;
  });

  it("have threads that end when they are idle", { timeout: 30_000 }, async () => {
    const pool = testPool({ idleMs: 20 });
    const here = cells();
    await all(8, () => pool.run(meet, [here, 8]));
    await until(() => pool.statistics().threads === 0);
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("never are more than forty at once", { timeout: 30_000 }, async () => {
    const pool = testPool();
    const gate = cells();
    const blocked = all(60, () => pool.run(pass, [gate]));
    await reached(gate, 1, 40);
    open(gate);
    await blocked;
    expect(Atomics.load(gate, 2)).toBe(40);
  });
});

describe("calls that block", () => {
  /** Goes on when a pool without bounds would have started more. */
  async function longEnough(): Promise<void> {
    const pool = testPool();
    const here = cells();
    await all(8, () => pool.run(meet, [here, 8]));
    await pool.close();
  }

  it.each([1, 2, 3])("keep to `maxThreads`: %i", { timeout: 30_000 }, async (maxThreads) => {
    const pool = testPool({ maxThreads });
    const gate = cells();
    const blocked = all(6, () => pool.run(pass, [gate]));
    await reached(gate, 1, maxThreads);
    await longEnough();
    expect(pool.statistics()).toMatchObject({ running: maxThreads, queued: 6 - maxThreads });
    open(gate);
    await blocked;
    expect(Atomics.load(gate, 2)).toBe(maxThreads);
  });

  it("keep to the limiter of the pool", { timeout: 30_000 }, async () => {
    const limiter = new CapacityLimiter(2);
    const pool = testPool({ limiter });
    const gate = cells();
    const blocked = all(6, () => pool.run(pass, [gate]));
    await reached(gate, 1, 2);
    await longEnough();
    expect(limiter.statistics()).toMatchObject({ total: 2, used: 2 });
    open(gate);
    await blocked;
    expect(Atomics.load(gate, 2)).toBe(2);
  });

  it("keep to a limiter of their own, in a pool without options", { timeout: 30_000 }, async () => {
    const limiter = new CapacityLimiter(3);
    const pool = testPool();
    const gate = cells();
    const blocked = all(9, () => pool.run(pass, [gate], { limiter }));
    await reached(gate, 1, 3);
    await longEnough();
    const here = cells();
    await all(4, () => pool.run(meet, [here, 4]));
    expect(Atomics.load(gate, 2)).toBe(3);
    open(gate);
    await blocked;
    expect(Atomics.load(gate, 2)).toBe(3);
    expect(limiter.statistics().used).toBe(0);
  });
});

describe("prewarm", () => {
  const bad: unknown[] = [-1, 1.5, Number.NaN, Infinity, "2", null, undefined];

  it.each([1, 3, 6])(
    "starts threads and resolves when they are up: %i",
    { timeout: 30_000 },
    async (count) => {
      const pool = testPool();
      await pool.prewarm(count);
      expect(pool.statistics().threads).toBeGreaterThanOrEqual(count);
      expect(pool.statistics()).toMatchObject({ running: 0, queued: 0, completed: 0 });
      // They take calls.
      expect(await pool.run((n: number) => n * 2, [21])).toBe(42);
      await pool.close();
      expect(pool.statistics().threads).toBe(0);
    },
  );

  it("starts those that are missing, and no more", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 4 });
    await pool.prewarm(2);
    await pool.prewarm(2);
    await Promise.all([pool.prewarm(2), pool.prewarm(1)]);
    expect(pool.statistics().threads).toBe(2);
    const here = cells();
    expect(await all(2, () => pool.run(meet, [here, 2]))).toEqual([2, 2]);
    expect(pool.statistics().threads).toBeLessThanOrEqual(3);
  });

  it.each(bad)("refuses %s", patience, async (threads) => {
    const pool = testPool();
    const refusal = await rejectionOf((async () => pool.prewarm(threads as number))());
    expect(refusal).toSatisfy((error) => error instanceof RangeError || error instanceof TypeError);
    expect(pool.statistics().threads).toBe(0);
  });

  it("rejects when the pool is closed, and when it is destroyed meanwhile", patience, async () => {
    const closed = new Threadpool();
    await closed.close();
    expect(await rejectionOf(closed.prewarm(1))).toBeInstanceOf(ThreadpoolClosedError);
    const doomed = testPool();
    const warming = doomed.prewarm(2).then(
      () => undefined,
      (error: unknown) => error,
    );
    await doomed.destroy();
    // Whichever comes first; it does not hang.
    expect([undefined, "ThreadpoolClosedError"]).toContain(((await warming) as Error)?.name);
    expect(doomed.statistics().threads).toBe(0);
  });

  it("rejects where threads cannot start", patience, async () => {
    const tiny = testPool({ resourceLimits: { maxOldGenerationSizeMb: 4 } });
    expect(await rejectionOf(tiny.prewarm(1))).toMatchObject({ code: "ERR_SKEIN_WORKER_START" });
  });
});
