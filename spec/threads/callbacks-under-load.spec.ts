import { describe, expect, it } from "vitest";
import {
  callback,
  CapacityLimiter,
  inline,
  provide,
  resolveDependencies,
  type Verdict,
} from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, open, patience, reached, testPool } from "../support/threads.ts";

type Ask = () => unknown;

/** Short as a rule; asks, if it is given whom. */
const ask = (question: Ask | null): unknown => (question === null ? 0 : question());
const same = (n: number): number => n;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits at a gate. */
const stay = (gate: Int32Array): string => {
  Atomics.add(gate, 1, 1);
  Atomics.wait(gate, 0, 0);
  return "stayed";
};

describe("what a callback waits for", () => {
  it.each([1, 2, 4])(
    "runs in another thread though it was called in the same turn: %i threads",
    patience,
    async (maxThreads) => {
      const pool = testPool({ maxThreads });
      await makeShort(() => pool.run(ask, [null]));
      await makeShort(() => pool.run(same, [1]));
      let awaited: Promise<number> | undefined;
      const first = pool.run(ask, [callback(async () => awaited)]);
      awaited = pool.run(same, [42]);
      expect(await first).toBe(42);
    },
  );

  it("runs in another thread when it is one of many of the same turn", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    await makeShort(() => pool.run(ask, [null]));
    await makeShort(() => pool.run(same, [1]));
    let awaited: Promise<number>[] = [];
    const first = pool.run(ask, [
      callback(async () => (await Promise.all(awaited)).reduce((sum, n) => sum + n, 0)),
    ]);
    awaited = Array.from({ length: 30 }, (_, n) => pool.run(same, [n]));
    expect(await first).toBe(435);
  });

  it(
    "runs when it is called from inside the callback and every permit is taken",
    patience,
    async () => {
      const limiter = new CapacityLimiter(1);
      const [pool, other] = [testPool({ limiter }), testPool({ limiter })];
      await makeShort(() => pool.run(ask, [null]));
      await makeShort(() => pool.run(same, [1]));
      const gate = cells();
      const question = callback(async () => {
        // Another pool takes the permit that this call has lent.
        const elsewhere = other.run(stay, [gate]);
        await reached(gate, 1);
        const needed = pool.run(same, [42]);
        await turn();
        open(gate);
        return [await needed, await elsewhere];
      });
      expect(await pool.run(ask, [question])).toEqual([42, "stayed"]);
      expect(limiter.statistics()).toMatchObject({ used: 0, waiting: 0 });
    },
  );

  it("may be as deep as one likes, with one thread allowed", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const descend = (depth: number): Promise<unknown> =>
      pool.run(ask, [callback(() => (depth === 0 ? pool.run(same, [7]) : descend(depth - 1)))]);
    expect(await descend(5)).toBe(7);
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
  });

  it("may be an iteration or a held generator of the same pool", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const question = callback(async () => {
      let sum = 0;
      for await (const n of pool.iterate(() => [1, 2, 3], [])) sum += n;
      const held = await pool.hold(function* () {
        yield 4;
      }, []);
      await held.finish({ kind: "success" });
      return sum + held.value;
    });
    expect(await pool.run(ask, [question])).toBe(10);
  });

  it("settles also for 20 calls that ask at once", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    await makeShort(() => pool.run(same, [1]));
    const calls = Array.from({ length: 20 }, (_, n) =>
      pool.run(ask, [callback(() => pool.run(same, [n]))]),
    );
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => n));
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe("a callback in the cleanup of a generator", () => {
  /** Tells when it is opened, how it went, and when it is closed. */
  function* resource(log: (text: string) => void): Generator<number, void, undefined> {
    log("open");
    try {
      yield 1;
      log("commit");
    } catch (error) {
      log("rollback");
      throw error;
    } finally {
      log("close");
    }
  }

  it.each([
    [{ kind: "success" }, ["open", "commit", "close"]],
    [{ kind: "failure", error: new Error("bad") }, ["open", "rollback", "close"]],
    [{ kind: "undecided" }, ["open", "close"]],
  ] as [Verdict, string[]][])(
    "is answered when it is held, for %o",
    patience,
    async (verdict, told) => {
      const pool = testPool({ maxThreads: 1 });
      const lines: string[] = [];
      const log = callback((text: string) => void lines.push(text));
      const held = await pool.hold(resource, [log]);
      await held.finish(verdict);
      expect(lines).toEqual(told);
    },
  );

  it("is answered when it is an async function that uses the pool", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const lines: string[] = [];
    const log = callback(async (text: string) => {
      lines.push(`${text} ${await pool.run(same, [lines.length])}`);
    });
    const held = await pool.hold(resource, [log]);
    await held.finish({ kind: "success" });
    expect(lines).toEqual(["open 0", "commit 1", "close 2"]);
  });

  it("is answered for many that are finished at once", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const lines: string[] = [];
    const log = callback((text: string) => void lines.push(text));
    const held = await Promise.all(Array.from({ length: 10 }, () => pool.hold(resource, [log])));
    await Promise.all(held.map((each) => each.finish({ kind: "success" })));
    expect(lines.filter((line) => line === "close")).toHaveLength(10);
  });

  it("is answered for a provider", patience, async () => {
    const pool = testPool();
    const lines: string[] = [];
    const log = inline(() => callback((text: string) => void lines.push(text)));
    const opened = provide({ log }, function* ({ log }: { log: (text: string) => void }) {
      log("open");
      yield 1;
      log("close");
    });
    expect(await resolveDependencies({ opened }, { pool }, ({ opened }) => opened)).toBe(1);
    expect(lines).toEqual(["open", "close"]);
  });

  it("is answered for a provider whose resolution fails", patience, async () => {
    const pool = testPool();
    const lines: string[] = [];
    const log = inline(() => callback((text: string) => void lines.push(text)));
    const opened = provide({ log }, function* ({ log }: { log: (text: string) => void }) {
      try {
        yield 1;
      } finally {
        log("close");
      }
    });
    const failing = resolveDependencies({ opened }, { pool }, () => {
      throw new Error("body failed");
    });
    await expect(failing).rejects.toThrow("body failed");
    expect(lines).toEqual(["close"]);
  });

  it.each(["break", "throw"])(
    "is answered when an iteration is left by %s",
    patience,
    async (how) => {
      const pool = testPool({ maxThreads: 1 });
      const lines: string[] = [];
      const log = callback((text: string) => void lines.push(text));
      const endless = function* (log: (text: string) => void): Generator<number> {
        try {
          for (let n = 0; ; n++) yield n;
        } finally {
          log("close");
        }
      };
      const consume = async (): Promise<string> => {
        for await (const n of pool.iterate(endless, [log])) {
          if (n < 3) continue;
          if (how === "throw") throw new Error("thrown");
          break;
        }
        return "break";
      };
      expect(await consume().catch((error: Error) => error.message)).toMatch(how);
      expect(lines).toEqual(["close"]);
    },
  );

  it("is answered when the scope of an iteration is cancelled", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = latch();
    const log = callback(() => closed.open());
    const controller = new AbortController();
    const endless = function* (log: () => void): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        log();
      }
    };
    const { signal } = controller;
    const iterator = pool.iterate(endless, [log], { signal });
    await iterator.next();
    controller.abort("enough");
    await closed.promise;
    expect(await rejectionOf(drain(iterator))).toBe("enough");
  });

  async function drain(iterator: AsyncIterable<unknown>): Promise<void> {
    for await (const _ of iterator);
  }
});

describe("a callback of an iteration", () => {
  it("may use the pool that iterates, at every item", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const triple = callback((n: number) => pool.run((m: number) => m * 3, [n]));
    const items: number[] = [];
    const asking = function* (triple: (n: number) => number): Generator<number> {
      for (let n = 0; n < 70; n++) yield triple(n);
    };
    for await (const item of pool.iterate(asking, [triple as never])) items.push(item);
    expect(items).toEqual(Array.from({ length: 70 }, (_, n) => n * 3));
  });

  it("that throws is thrown in the generator, which may go on", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const fail = callback((n: number): void => {
      if (n % 2 === 1) throw new RangeError(`odd ${n}`);
    });
    const asking = function* (fail: (n: number) => void): Generator<string> {
      for (let n = 0; n < 4; n++) {
        try {
          fail(n);
          yield "even";
        } catch (error) {
          yield (error as Error).message;
        }
      }
    };
    const items: string[] = [];
    for await (const item of pool.iterate(asking, [fail])) items.push(item);
    expect(items).toEqual(["even", "odd 1", "even", "odd 3"]);
  });

  it("may lead to its end: return() from inside", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const cell = cells();
    const leave = callback(() => void iterator.return?.());
    const iterator: AsyncIterableIterator<number> = pool.iterate(
      function* (leave: () => void, cell: Int32Array): Generator<number> {
        try {
          yield 1;
          leave();
          for (;;) {
            yield 2;
            checkCancelled();
          }
        } finally {
          Atomics.store(cell, 0, 1);
        }
      },
      [leave, cell],
    );
    for await (const _ of iterator);
    expect(Atomics.load(cell, 0)).toBe(1);
    expect(await pool.run(same, [1])).toBe(1);
  });
});

describe("a callback that is called in `finally`", () => {
  /** Runs until it is told to stop, and reports what is left to be done. */
  const tidy = (begun: Int32Array, report: (text: string) => void): void => {
    try {
      Atomics.store(begun, 1, 1);
      for (;;) checkCancelled();
    } finally {
      report("tidied up");
    }
  };

  it.each([
    ["cooperate", undefined],
    ["kill", 60_000],
  ] as const)(
    "is answered after a cancellation, onCancel: %s",
    patience,
    async (onCancel, graceMs) => {
      const pool = testPool({ maxThreads: 1 });
      const lines: string[] = [];
      const begun = cells();
      const controller = new AbortController();
      const { signal } = controller;
      const report = callback((text: string) => void lines.push(text));
      const call = rejectionOf(pool.run(tidy, [begun, report], { signal, onCancel, graceMs }));
      await reached(begun, 1);
      controller.abort("enough");
      expect(await call).toBe("enough");
      expect(lines).toEqual(["tidied up"]);
    },
  );

  it("is answered after an error of the function", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const lines: string[] = [];
    const report = callback(async (text: string) => {
      await turn();
      lines.push(text);
    });
    const failing = (report: (text: string) => void): void => {
      try {
        throw new RangeError("failed");
      } finally {
        report("in finally");
      }
    };
    await expect(pool.run(failing, [report as never])).rejects.toThrow("failed");
    expect(lines).toEqual(["in finally"]);
  });

  it("is answered in the `finally` of one whose callback failed", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const lines: string[] = [];
    const report = callback((text: string) => {
      lines.push(text);
      if (text === "first") throw new TypeError("no");
    });
    const failing = (report: (text: string) => void): void => {
      try {
        report("first");
      } finally {
        report("second");
      }
    };
    await expect(pool.run(failing, [report])).rejects.toThrow("no");
    expect(lines).toEqual(["first", "second"]);
  });
});

describe("a callback of an abandoned call", () => {
  it("fails in the function, which does not hang", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const cell = cells();
    const controller = new AbortController();
    const { signal } = controller;
    let isCalled = false;
    const late = callback(() => void (isCalled = true));
    const asking = (cell: Int32Array, late: () => void): void => {
      Atomics.store(cell, 1, 1);
      Atomics.wait(cell, 0, 0);
      try {
        late();
        Atomics.store(cell, 2, 1);
      } catch {
        Atomics.store(cell, 2, 2);
      }
    };
    const call = rejectionOf(pool.run(asking, [cell, late], { signal, onCancel: "abandon" }));
    await reached(cell, 1);
    controller.abort("left");
    expect(await call).toBe("left");
    open(cell);
    await reached(cell, 2);
    expect([Atomics.load(cell, 2), isCalled]).toEqual([2, false]);
    await pool.close();
  });

  it(
    "that is pending when the call is left comes to an end, and gives the thread back",
    patience,
    async () => {
      const limiter = new CapacityLimiter(1);
      const pool = testPool({ limiter });
      const asked = latch();
      const answer = latch();
      const controller = new AbortController();
      const { signal } = controller;
      const question = callback(() => {
        asked.open();
        return answer.promise;
      });
      const call = rejectionOf(pool.run(ask, [question], { signal, onCancel: "abandon" }));
      await asked.promise;
      controller.abort("left");
      expect(await call).toBe("left");
      answer.open();
      expect(await pool.run(same, [5])).toBe(5);
      await pool.close();
      expect(limiter.statistics()).toMatchObject({ used: 0, waiting: 0 });
    },
  );
});
