import { describe, expect, it } from "vitest";
import { callback, CapacityLimiter, type Threadpool } from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, open, patience, reached, testPool, until } from "../support/threads.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Computes for a moment. */
const compute = (rounds: number): number => {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i);
  return sum;
};

/** Counts itself in (1), waits for the gate (0) and counts itself out; cell 2 is how many there ever were at once. */
const pass = (gate: Int32Array): number => {
  const running = Atomics.add(gate, 1, 1) + 1;
  for (let most = Atomics.load(gate, 2); most < running; most = Atomics.load(gate, 2)) {
    Atomics.compareExchange(gate, 2, most, running);
  }
  Atomics.wait(gate, 0, 0);
  Atomics.sub(gate, 1, 1);
  return running;
};

/** Calls without a pause until it is told to stop. */
class Producer {
  done = 0;
  #stopped = false;
  readonly #lines: Promise<void>[];

  constructor(width: number, call: () => Promise<unknown>) {
    this.#lines = Array.from({ length: width }, async () => {
      while (!this.#stopped) {
        await call();
        this.done++;
      }
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lines);
  }
}

describe("two limiters on one thread", () => {
  it.each([
    [2, 200_000],
    [8, 200_000],
    [2, 0],
    [32, 0],
  ])("take turns: %i calls at a time of %i rounds", patience, async (width, rounds) => {
    const pool = testPool({ maxThreads: 1 });
    const other = new CapacityLimiter(1);
    const producer = new Producer(width, () => pool.run(compute, [rounds]));
    await until(() => producer.done > 50);
    for (let n = 0; n < 5; n++) {
      const before = producer.done;
      await pool.run(compute, [1], { limiter: other });
      // Those that were there before it, and some more; not all that came since.
      expect(producer.done - before).toBeLessThanOrEqual(width + 100);
    }
    await producer.stop();
    expect(other.statistics()).toMatchObject({ used: 0, waiting: 0 });
  });

  it("take turns also with three of them", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const limiters = [1, 2, 3].map((total) => new CapacityLimiter(total));
    const producers = limiters.map(
      (limiter) => new Producer(4, () => pool.run(compute, [20_000], { limiter })),
    );
    await until(() => producers.every(({ done }) => done > 30));
    for (const producer of producers) await producer.stop();
    for (const limiter of limiters) {
      await until(() => limiter.statistics().used === 0);
      expect(limiter.statistics().waiting).toBe(0);
    }
  });

  it("take turns with iterations", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const limiter = new CapacityLimiter(1);
    const producer = new Producer(3, () => pool.run(compute, [20_000]));
    await until(() => producer.done > 10);
    let sum = 0;
    const numbers = function* (): Generator<number> {
      for (let n = 1; n <= 100; n++) yield n;
    };
    for await (const n of pool.iterate(numbers, [], { limiter })) sum += n;
    expect(sum).toBe(5050);
    await producer.stop();
  });

  it("take turns where one's calls wait for the other's", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const limiter = new CapacityLimiter(1);
    const producer = new Producer(3, () => pool.run(compute, [20_000]));
    await until(() => producer.done > 10);
    const ask = callback(() => pool.run(compute, [1]));
    const call = pool.run((ask: () => unknown) => typeof ask(), [ask], { limiter });
    expect(await call).toBe("number");
    await producer.stop();
  });
});

describe("a limiter whose total changes", () => {
  it.each([
    [1, 4],
    [4, 1],
    [3, 2],
    [2, 6],
  ])("from %i to %i is kept to, with the calls that wait already", patience, async (from, to) => {
    const limiter = new CapacityLimiter(from);
    const pool = testPool({ maxThreads: 8 });
    const [before, after] = [cells(), cells()];
    const running = Array.from({ length: from }, () => pool.run(pass, [before], { limiter }));
    await reached(before, 1, from);
    const waiting = Array.from({ length: to + 2 }, () => pool.run(pass, [after], { limiter }));
    limiter.total = to;
    open(before);
    await Promise.all(running);
    await reached(after, 1, to);
    expect(limiter.statistics()).toMatchObject({ total: to, used: to });
    open(after);
    await Promise.all(waiting);
    expect(Atomics.load(after, 2)).toBe(to);
    await until(() => limiter.statistics().used === 0);
  });

  it("changes at every moment, and no permit is lost", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const pool = testPool({ maxThreads: 4 });
    const calls: Promise<number>[] = [];
    for (let n = 0; n < 200; n++) {
      calls.push(pool.run(compute, [n * 10], { limiter }));
      limiter.total = 1 + (n % 4);
      if (n % 7 === 0) await turn();
    }
    limiter.total = 2;
    expect(await Promise.all(calls)).toHaveLength(200);
    await until(() => limiter.statistics().used === 0);
    await meets(pool, limiter, 2);
  });
});

/** All permits are there: so many calls run at once, and no more. */
async function meets(pool: Threadpool, limiter: CapacityLimiter, total: number): Promise<void> {
  const gate = cells();
  const calls = Array.from({ length: total + 1 }, () => pool.run(pass, [gate], { limiter }));
  await reached(gate, 1, total);
  expect(limiter.statistics()).toMatchObject({ used: total });
  open(gate);
  await Promise.all(calls);
  expect(Atomics.load(gate, 2)).toBe(total);
  await until(() => limiter.statistics().used === 0);
  expect(limiter.statistics().waiting).toBe(0);
}

describe("permits are there again", () => {
  const spin = (begun: Int32Array): void => {
    Atomics.add(begun, 1, 1);
    while (Atomics.load(begun, 0) === 0);
  };

  /** What is done with a pool before its permits are counted. */
  const ways: Record<string, (pool: Threadpool, limiter: CapacityLimiter) => Promise<unknown>> = {
    async "after cancellations in the queue"(pool, limiter) {
      const gate = cells();
      const controller = new AbortController();
      const { signal } = controller;
      const running = [1, 2].map(() => pool.run(pass, [gate], { limiter }));
      await reached(gate, 1, 2);
      const waiting = [1, 2, 3].map(() => rejectionOf(pool.run(pass, [gate], { limiter, signal })));
      await turn();
      controller.abort("no");
      expect(await Promise.all(waiting)).toEqual(["no", "no", "no"]);
      open(gate);
      return Promise.all(running);
    },
    async "after cancellations in the turn of the call"(pool, limiter) {
      for (let n = 0; n < 20; n++) {
        const controller = new AbortController();
        const { signal } = controller;
        const calls = [1, 2, 3].map(() =>
          pool.run(compute, [10], { limiter, signal }).catch((error: unknown) => error),
        );
        if (n % 2 === 0) await turn();
        controller.abort(n);
        await Promise.all(calls);
      }
    },
    async "after kills"(pool, limiter) {
      for (let n = 0; n < 3; n++) {
        const begun = cells();
        const controller = new AbortController();
        const { signal } = controller;
        const calls = [1, 2].map(() => rejectionOf(pool.run(spin, [begun], { limiter, signal })));
        await reached(begun, 1, 2);
        controller.abort("enough");
        expect(await Promise.all(calls)).toEqual(["enough", "enough"]);
      }
    },
    async "after exits"(pool, limiter) {
      const exits = [1, 2, 3].map(() =>
        rejectionOf(pool.run(() => process.exit(1), [], { limiter })),
      );
      for (const error of await Promise.all(exits)) {
        expect(error).toMatchObject({ name: "WorkerExitedError" });
      }
    },
    async "after callbacks that call"(pool, limiter) {
      const ask = callback(() => pool.run(compute, [10], { limiter }));
      const calls = Array.from({ length: 6 }, () =>
        pool.run((ask: () => unknown) => void ask(), [ask], { limiter }),
      );
      return Promise.all(calls);
    },
    async "after a kill during a callback"(pool, limiter) {
      const controller = new AbortController();
      const { signal } = controller;
      const ask = callback(async () => {
        controller.abort("enough");
        return pool.run(compute, [10], { limiter });
      });
      const call = pool.run((ask: () => unknown) => void ask(), [ask], { limiter, signal });
      expect(await rejectionOf(call)).toBe("enough");
    },
    async "after iterations that are left, and some that are cancelled"(pool, limiter) {
      const numbers = function* (): Generator<number> {
        for (let n = 0; ; n++) yield n;
      };
      for (let round = 0; round < 3; round++) {
        for await (const n of pool.iterate(numbers, [], { limiter })) if (n > 40) break;
        const controller = new AbortController();
        const { signal } = controller;
        const consume = async (): Promise<void> => {
          for await (const n of pool.iterate(numbers, [], { limiter, signal })) {
            if (n === 40) controller.abort("enough");
          }
        };
        expect(await rejectionOf(consume())).toBe("enough");
      }
    },
    async "after held generators"(pool, limiter) {
      const held = await Promise.all(
        Array.from({ length: 6 }, () =>
          pool.hold(
            function* () {
              yield 1;
            },
            [],
            { limiter },
          ),
        ),
      );
      return Promise.all(held.map((each) => each.finish({ kind: "success" })));
    },
    async "after an abandoned call that ends"(pool, limiter) {
      const begun = cells();
      const controller = new AbortController();
      const { signal } = controller;
      const call = pool.run(spin, [begun], { limiter, signal, onCancel: "abandon" });
      await reached(begun, 1);
      controller.abort("left");
      expect(await rejectionOf(call)).toBe("left");
      open(begun);
    },
    async "after functions that are told to stop"(pool, limiter) {
      const begun = cells();
      const controller = new AbortController();
      const { signal } = controller;
      const obey = (begun: Int32Array): void => {
        Atomics.add(begun, 1, 1);
        for (;;) checkCancelled();
      };
      const options = { limiter, signal, onCancel: "cooperate" } as const;
      const calls = [1, 2].map(() => rejectionOf(pool.run(obey, [begun], options)));
      await reached(begun, 1, 2);
      controller.abort("stop");
      expect(await Promise.all(calls)).toEqual(["stop", "stop"]);
    },
    async "after arguments that cannot be sent"(pool, limiter) {
      const calls = Array.from({ length: 10 }, () =>
        rejectionOf(pool.run((x: unknown) => void x, [new Proxy({}, {})], { limiter })),
      );
      return Promise.all(calls);
    },
  };

  it.each(Object.keys(ways))("%s", patience, async (way) => {
    const limiter = new CapacityLimiter(2);
    const pool = testPool({ maxThreads: 8 });
    await makeShort(() => pool.run(compute, [0], { limiter }));
    await ways[way]!(pool, limiter);
    await until(() => limiter.statistics().used === 0);
    await meets(pool, limiter, 2);
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
  });

  it.each(Object.keys(ways))("%s, where the limiter is the pool's own", patience, async (way) => {
    const limiter = new CapacityLimiter(2);
    const pool = testPool({ limiter });
    await ways[way]!(pool, limiter);
    await until(() => limiter.statistics().used === 0);
    await meets(pool, limiter, 2);
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
  });
});
