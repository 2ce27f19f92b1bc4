import { describe, expect, it } from "vitest";
import { progress } from "../../lib/worker.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, patience, reached, testPool } from "../support/threads.ts";

/** Tells one number after the other; cell 0 counts them. */
const produce = (to: number, made: Int32Array): string => {
  for (let n = 0; n < to; n++) {
    progress(n);
    Atomics.add(made, 0, 1);
  }
  return "done";
};

/** A handler that takes longer than a producer. */
const handle = (rounds: number): number => {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i);
  return sum;
};

/** Counts the turns of the event loop, by timers and by `setImmediate`, and what was handled within one of them. */
class Turns {
  immediates = 0;
  timers = 0;
  handledAtOnce = 0;
  #handled = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    const turn = (): void => {
      this.immediates++;
      this.handledAtOnce = Math.max(this.handledAtOnce, this.#handled);
      this.#handled = 0;
      this.#immediate = setImmediate(turn);
    };
    const tick = (): void => {
      this.timers++;
      this.#timer = setTimeout(tick, 0);
    };
    turn();
    tick();
  }

  handled(): void {
    this.#handled++;
  }

  stop(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
  }
}

describe("progress() of a producer that is faster than its handler", () => {
  it.each([
    [100_000, 2_000],
    [2_000, 100_000],
  ])(
    "leaves the loop turning: %i values, a handler of %i rounds",
    { timeout: 60_000 },
    async (to, rounds) => {
      const pool = testPool({ maxThreads: 1 });
      const made = cells();
      const turns = new Turns();
      let next = 0;
      let ahead = 0;
      let isInOrder = true;
      const onProgress = (value: unknown): void => {
        isInOrder &&= value === next++;
        ahead = Math.max(ahead, Atomics.load(made, 0) - next);
        handle(rounds);
        turns.handled();
      };
      const result = await pool.run(produce, [to, made], { onProgress });
      turns.stop();
      // All of them, in order, before the result.
      expect([result, next, isInOrder]).toEqual(["done", to, true]);
      expect(turns.handledAtOnce).toBeLessThanOrEqual(2_000);
      expect(turns.timers).toBeGreaterThanOrEqual(Math.min(20, to / 2_000));
      // The producer waits for its handler.
      expect(ahead).toBeLessThanOrEqual(10_000);
    },
  );

  it("leaves room for the calls of others meanwhile", { timeout: 60_000 }, async () => {
    const pool = testPool({ maxThreads: 2 });
    const made = cells();
    let handled = 0;
    const onProgress = (): void => void (handle(2_000), handled++);
    let isDone = false;
    const call = pool.run(produce, [50_000, made], { onProgress }).finally(() => (isDone = true));
    let others = 0;
    let atOnce = 0;
    while (!isDone) {
      const before = handled;
      await pool.run((n: number) => n, [others++]);
      atOnce = Math.max(atOnce, handled - before);
    }
    expect([await call, handled]).toEqual(["done", 50_000]);
    expect(others).toBeGreaterThan(5);
    expect(atOnce).toBeLessThanOrEqual(10_000);
  });

  it("keeps the values of two producers apart, each in order", { timeout: 60_000 }, async () => {
    const pool = testPool({ maxThreads: 2 });
    const seen: number[][] = [[], []];
    const calls = seen.map((values) =>
      pool.run(produce, [5_000, cells()], {
        onProgress: (value) => void (handle(1_000), values.push(value as number)),
      }),
    );
    expect(await Promise.all(calls)).toEqual(["done", "done"]);
    const all = Array.from({ length: 5_000 }, (_, n) => n);
    expect(seen).toEqual([all, all]);
  });

  it("hears of a cancellation while it waits for its handler", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    let handled = 0;
    const onProgress = (): void => {
      handle(10_000);
      if (++handled === 500) controller.abort("enough");
    };
    const call = pool.run(produce, [10_000_000, cells()], { signal, onProgress });
    expect(await rejectionOf(call)).toBe("enough");
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("hears of a handler that throws, however many values are on their way", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    let handled = 0;
    const onProgress = (): void => {
      if (++handled === 100) throw new RangeError("cannot show it");
    };
    const call = pool.run(produce, [10_000_000, cells()], { onProgress });
    expect(await rejectionOf(call)).toMatchObject({ message: "cannot show it" });
    expect(handled).toBe(100);
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("fails the call with what a handler throws in every mode, also where nothing stops the function", async () => {
    const pool = testPool({ maxThreads: 1 });
    for (const onCancel of ["kill", "cooperate", "abandon", "shield"] as const) {
      const onProgress = (): void => {
        throw new RangeError("cannot show it");
      };
      const call = pool.run((): string => (progress(1), "done"), [], { onCancel, onProgress });
      expect(await rejectionOf(call)).toMatchObject({ message: "cannot show it" });
    }
  });

  it("arrives, in order, before the items and the end of an iteration", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const told: number[] = [];
    const producing = function* (): Generator<number> {
      for (let n = 0; n < 2_000; n++) {
        progress(n);
        if (n % 100 === 99) yield n;
      }
    };
    const onProgress = (value: unknown): void => void (handle(500), told.push(value as number));
    for await (const n of pool.iterate(producing, [], { onProgress })) {
      expect(told.length).toBeGreaterThanOrEqual(n + 1);
    }
    expect(told).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  });

  it("does not hold up a producer that is ended with its thread", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const made = cells();
    const values: number[] = [];
    const exits = (made: Int32Array): void => {
      for (let n = 0; n < 10; n++) progress(n);
      Atomics.store(made, 1, 1);
      process.exit(4);
    };
    const call = pool.run(exits, [made], {
      onProgress: (value) => void values.push(value as number),
    });
    expect(await rejectionOf(call)).toMatchObject({ name: "WorkerExitedError", exitCode: 4 });
    await reached(made, 1);
    // What has arrived has arrived in order.
    expect(values).toEqual(Array.from({ length: values.length }, (_, n) => n));
  });
});
