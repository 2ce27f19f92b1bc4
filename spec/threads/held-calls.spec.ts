import { describe, expect, it } from "vitest";
import { CapacityLimiter, type Threadpool } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, open, patience, reached, testPool } from "../support/threads.ts";

// One long call among calls of the same function that take next to no time: each of them settles.

/** Computes for some milliseconds: a load, nothing to wait for. */
const compute = (ms: number): number => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};

/** Short as a rule; waits at a gate if it is given one. */
const step = (n: number, gate: Int32Array | null): number => {
  if (gate !== null) {
    Atomics.add(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
  }
  return n;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function longAmongShort(pool: Threadpool, rounds: number): Promise<number> {
  let settled = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 40; i++) await pool.run(compute, [0]);
    let isOver = false;
    const long = pool
      .run(compute, [15])
      .then(() => pool.run(compute, [0]))
      .then(() => (isOver = true));
    while (!isOver) {
      const all = await Promise.all(Array.from({ length: 20 }, () => pool.run(compute, [0])));
      settled += all.length;
      await turn();
    }
    await long;
  }
  return settled;
}

describe("a long call among short ones of the same function", () => {
  it.each([1, 2, 3])(
    "and one right after it, with many around them: none is lost, in %i threads",
    patience,
    async (maxThreads) => {
      const pool = testPool({ maxThreads });
      expect(await longAmongShort(pool, 25)).toBeGreaterThan(0);
      expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
    },
  );

  it("is not lost with a limiter that two pools share", patience, async () => {
    const limiter = new CapacityLimiter(2);
    const [one, other] = [testPool({ limiter }), testPool({ limiter })];
    const both = await Promise.all([longAmongShort(one, 10), longAmongShort(other, 10)]);
    expect(Math.min(...both)).toBeGreaterThan(0);
    expect(one.statistics().running + other.statistics().running).toBe(0);
  });

  it("is not lost when each has a signal of its own, of which some abort", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    await makeShort(() => pool.run(compute, [0]));
    const counts = { kept: 0, ended: 0 };
    for (let round = 0; round < 20; round++) {
      const controllers = Array.from({ length: 30 }, () => new AbortController());
      const calls = controllers.map(({ signal }, i) =>
        pool.run(compute, [i === 3 ? 15 : 0], { signal }).then(
          () => counts.kept++,
          () => counts.ended++,
        ),
      );
      for (let i = 0; i < 30; i += 3) {
        controllers[i]!.abort("not needed");
        if (i % 2 === 0) await turn();
      }
      await Promise.all(calls);
    }
    expect(counts.kept + counts.ended).toBe(600);
    expect(counts.kept).toBeGreaterThanOrEqual(400);
    expect(await pool.run(compute, [0])).toBe(0);
  });

  it(
    "goes on while others come and go behind it, and is told apart from them",
    patience,
    async () => {
      const pool = testPool({ maxThreads: 2 });
      await makeShort(() => pool.run(step, [0, null]));
      for (let round = 1; round <= 20; round++) {
        const gate = cells();
        const long = pool.run(step, [-round, gate]);
        const right = pool.run(step, [round, null]);
        await reached(gate, 1);
        for (let i = 0; i < 5; i++) {
          const behind = Array.from({ length: 10 }, (_, n) => pool.run(step, [n, null]));
          expect(await Promise.all(behind)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
        expect(await right).toBe(round);
        open(gate);
        expect(await long).toBe(-round);
      }
    },
  );

  it("may be one of several, each of which ends in its own turn", patience, async () => {
    const pool = testPool({ maxThreads: 3 });
    await makeShort(() => pool.run(step, [0, null]));
    const gates = [cells(), cells()];
    const calls = Array.from({ length: 24 }, (_, n) =>
      pool.run(step, [n, n === 0 ? gates[0]! : n === 12 ? gates[1]! : null]),
    );
    const short = calls.filter((_, n) => n % 12 !== 0);
    expect(await Promise.all(short)).toHaveLength(22);
    for (const gate of gates) expect(Atomics.load(gate, 1)).toBe(1);
    open(gates[1]!);
    expect(await calls[12]).toBe(12);
    open(gates[0]!);
    expect(await calls[0]).toBe(0);
  });

  it("takes no short call along when it is ended", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    await makeShort(() => pool.run(step, [0, null]));
    for (let round = 0; round < 5; round++) {
      const gate = cells();
      const controller = new AbortController();
      const long = rejectionOf(pool.run(step, [0, gate], { signal: controller.signal }));
      const behind = Array.from({ length: 10 }, (_, n) => pool.run(step, [n, null]));
      await reached(gate, 1);
      controller.abort("enough");
      expect(await long).toBe("enough");
      expect(await Promise.all(behind)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });
});

describe("calls behind some that are ended while they run", () => {
  it.each([1, 2])("are innocent, with %i threads, by deadline", patience, async (maxThreads) => {
    const pool = testPool({ maxThreads });
    await makeShort(() => pool.run(step, [0, null]));
    const gate = cells();
    const doomed = [100, 200, 300, 400].map((timeoutMs) =>
      rejectionOf(pool.run(step, [0, gate], { timeoutMs })),
    );
    const innocent = [1, 2, 3].map((n) => pool.run(step, [n, null]));
    for (const error of await Promise.all(doomed)) {
      expect(error).toMatchObject({ name: "TimeoutError" });
    }
    expect(await Promise.all(innocent)).toEqual([1, 2, 3]);
  });

  it("are innocent, by signal, one after the other, in every order", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    await makeShort(() => pool.run(step, [0, null]));
    const gates = Array.from({ length: 5 }, () => cells());
    const controllers = gates.map(() => new AbortController());
    const doomed = gates.map((gate, n) =>
      rejectionOf(pool.run(step, [n, gate], { signal: controllers[n]!.signal })),
    );
    const innocent = pool.run(step, [7, null]);
    for (const [n, gate] of gates.entries()) {
      await reached(gate, 1);
      controllers[n]!.abort(n);
      expect(await doomed[n]).toBe(n);
    }
    expect(await innocent).toBe(7);
  });

  it("are innocent when the threads end themselves, however often", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const exit = (n: number): number => (n < 0 ? process.exit(3) : n);
    await makeShort(() => pool.run(exit, [1]));
    const doomed = Array.from({ length: 6 }, () => rejectionOf(pool.run(exit, [-1])));
    const innocent = [1, 2, 3].map((n) => pool.run(exit, [n]));
    for (const error of await Promise.all(doomed)) {
      expect(error).toMatchObject({ name: "WorkerExitedError", exitCode: 3 });
    }
    expect(await Promise.all(innocent)).toEqual([1, 2, 3]);
  });
});

describe("a call that ends while its thread is told to stop", () => {
  it("settles once, with its value or its reason, and costs no other", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    await makeShort(() => pool.run(compute, [0]));
    let next = 0;
    for (let round = 0; round < 60; round++) {
      const controller = new AbortController();
      const call = pool
        .run(compute, [round % 3 === 0 ? 2 : 0], { signal: controller.signal })
        .catch((error: unknown) => error);
      const behind = pool.run(compute, [0]);
      for (let turns = round % 5; turns > 0; turns--) await turn();
      controller.abort("late");
      expect(["late", 0, 2]).toContain(await call);
      next += (await behind) + 1;
    }
    expect(next).toBe(60);
  });
});
