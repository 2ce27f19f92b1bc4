import { setTimeout } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { onTestFinished, describe, expect, it } from "vitest";
import { callback, CapacityLimiter, type Threadpool } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, patience, reached, testPool, until } from "../support/threads.ts";

/** How many threads a pool has had at most. */
function mostThreads(pool: Threadpool): () => number {
  let most = 0;
  const look = (): number => (most = Math.max(most, pool.statistics().threads));
  const watch = setInterval(look, 1);
  onTestFinished(() => clearInterval(watch));
  return look;
}

const same = (n: number): number => n;

describe("a pool whose threads end soon", () => {
  it.each([
    [0, 4],
    [1, 4],
    [5, 4],
    [20, 4],
    [0, 1],
    [0, 2],
  ])(
    "starts no more than it needs: idleMs %i, maxThreads %i",
    { timeout: 30_000 },
    async (idleMs, maxThreads) => {
      const pool = testPool({ maxThreads, idleMs });
      const most = mostThreads(pool);
      for (let burst = 0; burst < 12; burst++) {
        const calls = Array.from({ length: maxThreads + 1 }, (_, n) => pool.run(same, [n]));
        expect(await Promise.all(calls)).toHaveLength(maxThreads + 1);
        most();
        // Bursts that come when threads have ended, or are about to.
        if (burst % 3 === 0) await until(() => pool.statistics().threads === 0);
        else await setTimeout(idleMs + burst);
      }
      expect(most()).toBeLessThanOrEqual(maxThreads * 2);
      await until(() => pool.statistics().threads === 0);
    },
  );

  it.each([0, 5])(
    "ends none while calls wait for a permit that another pool has: idleMs %i",
    { timeout: 30_000 },
    async (idleMs) => {
      const limiter = new CapacityLimiter(1);
      const pools = [0, 1].map(() => testPool({ maxThreads: 2, idleMs, limiter }));
      /** Takes longer than a thread is kept idle, and says which thread it was. */
      const work = (): number => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        return threadId;
      };
      const threads = await Promise.all(
        pools.map((pool) => Promise.all(Array.from({ length: 12 }, () => pool.run(work, [])))),
      );
      for (const each of threads) expect(new Set(each).size).toBe(1);
    },
  );

  it.each([0, 10])(
    "has none left after iterations and generators: idleMs %i",
    { timeout: 30_000 },
    async (idleMs) => {
      const pool = testPool({ maxThreads: 2, idleMs });
      const most = mostThreads(pool);
      const numbers = function* (): Generator<number, void, undefined> {
        yield 1;
      };
      for (let burst = 0; burst < 8; burst++) {
        const held = await Promise.all([1, 2, 3].map(() => pool.hold(numbers, [])));
        let items = 0;
        for await (const _ of pool.iterate(numbers, [])) items++;
        expect(items).toBe(1);
        await Promise.all(held.map((each) => each.finish({ kind: "success" })));
        most();
      }
      await until(() => pool.statistics().threads === 0);
      expect(most()).toBeLessThanOrEqual(8);
    },
  );
});

describe("maxThreads", () => {
  /** Counts itself in (0) and out; cell 1 is how many there ever were at once. */
  const work = (cells: Int32Array, rounds: number): number => {
    const running = Atomics.add(cells, 0, 1) + 1;
    for (let most = Atomics.load(cells, 1); most < running; most = Atomics.load(cells, 1)) {
      Atomics.compareExchange(cells, 1, most, running);
    }
    let sum = 0;
    for (let i = 0; i < rounds; i++) sum += i % 7;
    Atomics.sub(cells, 0, 1);
    return sum;
  };

  function* workItems(cells: Int32Array, rounds: number): Generator<number, void, undefined> {
    for (let n = 0; n < 10; n++) yield work(cells, rounds);
  }

  it.each([1, 2, 3])(
    "is how many threads work at once: %i, whatever they do",
    { timeout: 30_000 },
    async (maxThreads) => {
      const pool = testPool({ maxThreads });
      const most = mostThreads(pool);
      const counts = cells();
      const all: Promise<unknown>[] = [];
      for (let round = 0; round < 10; round++) {
        const rounds = round % 2 === 0 ? 0 : 100_000;
        const ask = callback(() => pool.run(work, [counts, rounds]));
        for (let n = 0; n < 8; n++) all.push(pool.run(work, [counts, rounds]));
        all.push(pool.run((ask: () => unknown) => void ask(), [ask]));
        all.push(
          (async () => {
            for await (const _ of pool.iterate(workItems, [counts, rounds]));
          })(),
        );
        const endless = (): void => {
          for (;;);
        };
        if (round % 4 === 0) all.push(rejectionOf(pool.run(endless, [], { timeoutMs: 30 })));
        await setTimeout(round);
        most();
      }
      await Promise.all(all);
      expect(Atomics.load(counts, 1)).toBeLessThanOrEqual(maxThreads);
      expect(Atomics.load(counts, 1)).toBeGreaterThan(0);
      // Besides those that work: those that wait for a callback or hold a generator, and a spare one.
      expect(most()).toBeLessThanOrEqual(maxThreads + 10 + 10 + 1);
    },
  );

  it("of 1 means one thread, and a spare one after a kill", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 1 });
    const most = mostThreads(pool);
    for (let round = 0; round < 6; round++) {
      const begun = cells();
      const spin = (begun: Int32Array): void => {
        Atomics.store(begun, 0, 1);
        while (Atomics.load(begun, 0) === 1);
      };
      const controller = new AbortController();
      const call = rejectionOf(pool.run(spin, [begun], { signal: controller.signal }));
      const behind = Array.from({ length: 20 }, (_, n) => pool.run(same, [n]));
      await reached(begun, 0);
      most();
      controller.abort("enough");
      expect(await call).toBe("enough");
      expect(await Promise.all(behind)).toHaveLength(20);
      most();
    }
    expect(most()).toBeLessThanOrEqual(2);
  });

  it("of 1 means one thread for 1,000 calls of many functions", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const most = mostThreads(pool);
    const functions = [same, (n: number) => n + 1, (n: number) => -n, Math.abs];
    const calls = Array.from({ length: 1_000 }, (_, n) => pool.run(functions[n % 4]!, [n]));
    expect(await Promise.all(calls)).toHaveLength(1_000);
    expect(most()).toBe(1);
  });
});
