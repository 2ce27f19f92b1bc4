import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  callback,
  cancelScope,
  CapacityLimiter,
  DeadlineError,
  failAfter,
  moveOnAfter,
  provide,
  resolveDependencies,
  sleep,
  type HeldGenerator,
  type Threadpool,
  type Verdict,
} from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, open, outcomeOf, patience, reached, testPool, until } from "../support/threads.ts";

// What is suspended in a thread: iterations between two items, generators that are held.

const success: Verdict = { kind: "success" };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Endless; counts in cell 0 that its cleanup has run. */
function* guarded(closed: Int32Array): Generator<number> {
  try {
    for (let n = 0; ; n++) yield n;
  } finally {
    Atomics.add(closed, 0, 1);
  }
}

function* held(closed: Int32Array): Generator<number, void, undefined> {
  try {
    yield 1;
  } finally {
    Atomics.add(closed, 0, 1);
  }
}

/** A synchronous driver with one connection: cell 0 is 1 while somebody has it, cell 1 counts who waits or has it. */
function* connection(cell: Int32Array): Generator<string, void, undefined> {
  Atomics.add(cell, 1, 1);
  while (Atomics.compareExchange(cell, 0, 0, 1) !== 0) Atomics.wait(cell, 0, 1);
  try {
    yield "connection";
  } finally {
    Atomics.store(cell, 0, 0);
    Atomics.notify(cell, 0);
  }
}

/** The pool ends, and with it all that is in it. */
async function closes(pool: Threadpool): Promise<void> {
  await pool.close();
  expect(pool.statistics()).toMatchObject({ running: 0, queued: 0, threads: 0 });
}

describe("an iteration that is suspended when its scope is cancelled", () => {
  it("has its cleanup run though nobody asks for a further item", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const controller = new AbortController();
    const iterator = pool.iterate(guarded, [closed], { signal: controller.signal });
    await iterator.next();
    controller.abort("enough");
    await reached(closed, 0);
    expect(await rejectionOf(drain(iterator))).toBe("enough");
    await closes(pool);
  });

  it("gives its thread back, so that the pool can close", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    let iterator: AsyncIterator<number> | undefined;
    const outcome = await cancelScope(async (scope) => {
      iterator = pool.iterate(guarded, [closed], { scope });
      await iterator.next();
      scope.cancel("enough");
      await sleep(60_000, scope);
    });
    expect(outcome).toMatchObject({ done: false });
    await closes(pool);
    expect(Atomics.load(closed, 0)).toBe(1);
    expect(await outcomeOf(iterator!.next())).not.toEqual([{ done: false, value: 1 }]);
  });

  it("ends when its scope does at a deadline", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const lines: string[] = [];
    const note = callback((text: string) => void lines.push(text));
    const noting = function* (note: (text: string) => void, closed: Int32Array): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        note("closed");
        Atomics.add(closed, 0, 1);
      }
    };
    await moveOnAfter(60_000, async (scope) => {
      await pool.iterate(noting, [note, closed], { scope }).next();
      scope.deadline = performance.now() + 20;
      await sleep(60_000, scope);
    });
    await closes(pool);
    expect([lines, Atomics.load(closed, 0)]).toEqual([["closed"], 1]);
  });

  it("is one of ten, each of which ends", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const controller = new AbortController();
    const iterators = Array.from({ length: 10 }, () =>
      pool.iterate(guarded, [closed], { signal: controller.signal }),
    );
    for (const iterator of iterators) await iterator.next();
    controller.abort("enough");
    await reached(closed, 0, 10);
    await closes(pool);
    expect(Atomics.load(closed, 0)).toBe(10);
  });

  it("ends where its cancellation comes while its consumer handles an item", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const controller = new AbortController();
    const consume = async (): Promise<void> => {
      for await (const n of pool.iterate(guarded, [closed], { signal: controller.signal })) {
        if (n === 3) controller.abort("enough");
        await pool.run(() => 1, []);
      }
    };
    expect(await rejectionOf(consume())).toBe("enough");
    expect(Atomics.load(closed, 0)).toBe(1);
    await closes(pool);
  });

  it("is ended by `timeoutMs` while it is suspended", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    await pool.run(() => "warm", []);
    const iterator = pool.iterate(guarded, [closed], { timeoutMs: 1_000 });
    expect(await iterator.next()).toEqual({ done: false, value: 0 });
    await reached(closed, 0);
    expect(await rejectionOf(drain(iterator))).toBeInstanceOf(DeadlineError);
    await closes(pool);
  });
});

describe("an iteration with `timeoutMs`", () => {
  it("ends while it computes, and with it its thread if need be", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const spinning = function* (): Generator<number> {
      yield 1;
      for (;;);
    };
    const error = await rejectionOf(drain(pool.iterate(spinning, [], { timeoutMs: 300 })));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(await pool.run(() => "next", [])).toBe("next");
    await closes(pool);
  });

  it("ends between items, and has time for its cleanup if it asks", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    await pool.run(() => "warm", []);
    const closed = cells();
    const asking = function* (closed: Int32Array): Generator<number> {
      try {
        for (let n = 0; ; n++) {
          checkCancelled();
          yield n;
        }
      } finally {
        Atomics.add(closed, 0, 1);
      }
    };
    const options = { timeoutMs: 1_000, graceMs: 60_000 };
    const error = await rejectionOf(drain(pool.iterate(asking, [closed], options)));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(Atomics.load(closed, 0)).toBe(1);
  });

  it("ends before it has begun where no thread gets free", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const gate = cells();
    const blocked = pool.run((gate: Int32Array) => Atomics.wait(gate, 0, 0), [gate]);
    const closed = cells();
    const error = await rejectionOf(drain(pool.iterate(guarded, [closed], { timeoutMs: 50 })));
    expect(error).toBeInstanceOf(DeadlineError);
    open(gate);
    await blocked;
    expect(Atomics.load(closed, 0)).toBe(0);
  });
});

describe("return()", () => {
  it("settles a pending next() whose generator never yields", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const iterator = pool.iterate(
      function* (begun: Int32Array): Generator<number> {
        Atomics.store(begun, 0, 1);
        while (Atomics.load(begun, 0) === 1);
        yield 1;
      },
      [begun],
    );
    const pending = iterator.next();
    await reached(begun, 0);
    expect(await iterator.return!()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("settles several pending next()", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const iterator = pool.iterate(
      function* (begun: Int32Array): Generator<number> {
        yield 1;
        Atomics.store(begun, 0, 1);
        Atomics.wait(begun, 1, 0);
      },
      [begun],
    );
    const pending = [iterator.next(), iterator.next(), iterator.next()];
    expect(await pending[0]).toEqual({ done: false, value: 1 });
    await reached(begun, 0);
    await iterator.return!();
    expect(await Promise.all(pending.slice(1))).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await closes(pool);
  });

  it("tells a generator that asks, and waits for its cleanup", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const iterator = pool.iterate(
      function* (begun: Int32Array): Generator<number> {
        try {
          Atomics.store(begun, 0, 1);
          while (Atomics.load(begun, 0) === 1) checkCancelled();
          yield 1;
        } finally {
          Atomics.store(begun, 1, 1);
        }
      },
      [begun],
      { onCancel: "cooperate" },
    );
    const pending = iterator.next();
    await reached(begun, 0);
    await iterator.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(Atomics.load(begun, 1)).toBe(1);
    await closes(pool);
  });

  it("runs the cleanup of a generator that is suspended, and waits for it", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const iterator = pool.iterate(guarded, [closed]);
    await iterator.next();
    await iterator.return!();
    expect(Atomics.load(closed, 0)).toBe(1);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await closes(pool);
  });

  it("reports what the cleanup throws", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const iterator = pool.iterate(function* (): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        throw new RangeError("cleanup failed"); // eslint-disable-line no-unsafe-finally
      }
    }, []);
    await iterator.next();
    expect(await rejectionOf(iterator.return!())).toMatchObject({ message: "cleanup failed" });
    await closes(pool);
  });

  it("settles a next() that still waits for a thread", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const gate = cells();
    const blocked = pool.run((gate: Int32Array) => Atomics.wait(gate, 0, 0), [gate]);
    await until(() => pool.statistics().running === 1);
    const closed = cells();
    const iterator = pool.iterate(guarded, [closed]);
    const pending = iterator.next();
    await turn();
    await iterator.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(pool.statistics()).toMatchObject({ running: 1, queued: 0 });
    open(gate);
    await blocked;
    await closes(pool);
  });

  it("may be called twice, and by a loop that was left", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const iterator = pool.iterate(guarded, [closed]);
    for await (const n of iterator) if (n === 2) break;
    await Promise.all([iterator.return!(), iterator.return!()]);
    expect(Atomics.load(closed, 0)).toBe(1);
    await closes(pool);
  });
});

describe("a hold that is cancelled", () => {
  /** Cancels after some turns of the loop; whatever has become of it, no thread is left. */
  async function cancelledAfter(turns: number, bytes: number, isWarm: boolean) {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    if (isWarm) {
      await pool.run(() => 1, []);
      // Until the thread is idle.
      await setTimeout(50);
    }
    const controller = new AbortController();
    const setup = pool.hold(
      function* (bytes: Uint8Array, closed: Int32Array) {
        Atomics.add(closed, 1, 1);
        try {
          yield bytes.length;
        } finally {
          Atomics.add(closed, 0, 1);
        }
      },
      [new Uint8Array(bytes), closed],
      { signal: controller.signal },
    );
    const outcome = outcomeOf(setup);
    for (let n = 0; n < turns; n++) await turn();
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    const settled = await outcome;
    if (typeof settled !== "string") await outcomeOf(settled[0].finish(success));
    await closes(pool);
    return { begun: Atomics.load(closed, 1), closed: Atomics.load(closed, 0) };
  }

  it.each([
    [true, 8],
    [true, 20_000_000],
    [false, 8],
    [false, 20_000_000],
  ])(
    "leaves no thread, whenever it is: warm %s, %i bytes",
    { timeout: 120_000 },
    async (isWarm, bytes) => {
      for (const turns of [0, 1, 2, 3, 5, 8, 13]) {
        const { begun, closed } = await cancelledAfter(turns, bytes, isWarm);
        // What has begun has been cleaned up.
        expect(closed).toBe(begun);
      }
    },
  );

  it("leaves no thread while it waits in the queue", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const gate = cells();
    const blocked = pool.run(
      (gate: Int32Array) => {
        Atomics.store(gate, 1, 1);
        Atomics.wait(gate, 0, 0);
      },
      [gate],
    );
    await reached(gate, 1);
    const closed = cells();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [1, 2, 3].map(() => rejectionOf(pool.hold(held, [closed], { signal })));
    await turn();
    controller.abort("no");
    expect(await Promise.all(waiting)).toEqual(["no", "no", "no"]);
    expect(pool.statistics()).toMatchObject({ running: 1, queued: 0 });
    open(gate);
    await blocked;
    await closes(pool);
    expect(Atomics.load(closed, 0)).toBe(0);
  });

  it("leaves no thread while its setup runs and asks", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const state = cells();
    const controller = new AbortController();
    const setup = pool.hold(
      function* (state: Int32Array) {
        try {
          Atomics.store(state, 0, 1);
          while (Atomics.load(state, 0) === 1) checkCancelled();
          yield 1;
        } finally {
          Atomics.store(state, 1, 1);
        }
      },
      [state],
      { signal: controller.signal, graceMs: 60_000 },
    );
    const reason = rejectionOf(setup);
    await reached(state, 0);
    controller.abort("enough");
    expect(await reason).toBe("enough");
    expect(Atomics.load(state, 1)).toBe(1);
    await closes(pool);
  });

  it("ends with its scope once it has yielded, cleanup included", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    let generator: HeldGenerator<number> | undefined;
    await cancelScope(async (scope) => {
      generator = await pool.hold(held, [closed], { scope });
      scope.cancel("enough");
    });
    await reached(closed, 0);
    await closes(pool);
    // The verdict comes too late, and does not hang.
    await outcomeOf(generator!.finish(success));
    expect(Atomics.load(closed, 0)).toBe(1);
  });

  it("ends with its signal also where others are held", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const [one, other] = [cells(), cells()];
    const controller = new AbortController();
    const stays = await pool.hold(held, [one]);
    await pool.hold(held, [closed], { signal: controller.signal });
    const staysToo = await pool.hold(held, [other]);
    controller.abort("enough");
    await reached(closed, 0);
    expect([Atomics.load(one, 0), Atomics.load(other, 0)]).toEqual([0, 0]);
    await stays.finish(success);
    await staysToo.finish(success);
    await closes(pool);
  });

  it("runs no cleanup twice when verdict and cancellation come together", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    for (let round = 0; round < 20; round++) {
      const closed = cells();
      const controller = new AbortController();
      const generator = await pool.hold(held, [closed], { signal: controller.signal });
      const finished = outcomeOf(generator.finish(success));
      if (round % 2 === 1) await turn();
      controller.abort("enough");
      await finished;
      expect(Atomics.load(closed, 0)).toBe(1);
    }
    await closes(pool);
  });
});

describe("a setup that does not come back", () => {
  const never = function* (begun: Int32Array): Generator<number, void, undefined> {
    Atomics.store(begun, 0, 1);
    while (Atomics.load(begun, 0) === 1);
    yield 1;
  };

  it("is ended at its deadline", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const error = await rejectionOf(pool.hold(never, [cells()], { timeoutMs: 200 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(await pool.run(() => "next", [])).toBe("next");
    await closes(pool);
  });

  it("is ended with its scope", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const outcome = await cancelScope(async (scope) => {
      const setup = pool.hold(never, [begun], { scope });
      await reached(begun, 0);
      scope.cancel("enough");
      return setup;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    await closes(pool);
  });

  it(
    "is ended as the setup of a provider, at the deadline of its resolution",
    patience,
    async () => {
      const pool = testPool();
      const stuck = provide(function* () {
        while (!Number.isNaN(Date.now()));
        yield 1;
      });
      const error = await rejectionOf(
        failAfter(300, (scope) => resolveDependencies({ stuck }, { scope, pool }, () => 1)),
      );
      expect(error).toBeInstanceOf(DeadlineError);
      await closes(pool);
    },
  );

  it("costs no generator that is held already", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const kept = await Promise.all([1, 2, 3].map(() => pool.hold(held, [closed])));
    const error = await rejectionOf(pool.hold(never, [cells()], { timeoutMs: 200 }));
    expect(error).toBeInstanceOf(DeadlineError);
    for (const generator of kept) await generator.finish(success);
    expect(Atomics.load(closed, 0)).toBe(3);
    await closes(pool);
  });

  it("costs no setup that was begun in the same turn", patience, async () => {
    const pool = testPool({ maxThreads: 4 });
    const closed = cells();
    const before = pool.hold(held, [closed]);
    const stuck = rejectionOf(pool.hold(never, [cells()], { timeoutMs: 300 }));
    const behind = [1, 2, 3].map(() => pool.hold(held, [closed]));
    expect(await stuck).toBeInstanceOf(DeadlineError);
    for (const each of [before, ...behind]) await (await each).finish(success);
    expect(Atomics.load(closed, 0)).toBe(4);
    await closes(pool);
  });
});

describe("a verdict", () => {
  it.each([
    success,
    { kind: "failure", error: new Error("bad") },
    { kind: "undecided" },
  ] as Verdict[])("does not wait for a setup that waits for it: %o", patience, async (verdict) => {
    const pool = testPool({ maxThreads: 2 });
    const cell = cells();
    const first = await pool.hold(connection, [cell]);
    const second = pool.hold(connection, [cell]);
    await reached(cell, 1, 2);
    await first.finish(verdict);
    await (await second).finish(success);
    expect(Atomics.load(cell, 0)).toBe(0);
  });

  it.each([1, 2])(
    "does not wait for several setups in a row, %i threads",
    patience,
    async (maxThreads) => {
      const pool = testPool({ maxThreads });
      const cell = cells();
      const setups = Array.from({ length: 6 }, () => pool.hold(connection, [cell]));
      let served = 0;
      const ended = setups.map(async (setup) => {
        const generator = await setup;
        served++;
        await turn();
        await generator.finish(success);
      });
      await Promise.all(ended);
      expect(served).toBe(6);
      await closes(pool);
    },
  );

  it("does not wait for a setup that waits for one of many held", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const locks = Array.from({ length: 8 }, () => cells());
    const generators = await Promise.all(locks.map((lock) => pool.hold(connection, [lock])));
    for (const n of [5, 0, 7]) {
      const setup = pool.hold(connection, [locks[n]!]);
      await reached(locks[n]!, 1, 2);
      await generators[n]!.finish(success);
      generators[n] = await setup;
    }
    await Promise.all(generators.map((each) => each.finish(success)));
    expect(locks.map((lock) => Atomics.load(lock, 0))).toEqual(locks.map(() => 0));
    await closes(pool);
  });

  it("of one request does not wait for the setup of another's", patience, async () => {
    const pool = testPool();
    const cell = cells();
    const shared = provide(() => 1);
    const driver = provide({ shared }, function* () {
      Atomics.add(cell, 1, 1);
      while (Atomics.compareExchange(cell, 0, 0, 1) !== 0) Atomics.wait(cell, 0, 1);
      try {
        yield "connection";
      } finally {
        Atomics.store(cell, 0, 0);
        Atomics.notify(cell, 0);
      }
    });
    const request = (during: () => unknown): Promise<string> =>
      resolveDependencies({ driver }, { pool }, async ({ driver }) => {
        await during();
        return driver;
      });
    let second: Promise<string> | undefined;
    const first = request(async () => {
      second = request(() => 0);
      await reached(cell, 1, 2);
    });
    expect(await first).toBe("connection");
    expect(await second).toBe("connection");
  });

  it("does not wait for a setup that calls back and is not answered yet", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const first = await pool.hold(held, [closed]);
    const asked = latch();
    const answer = latch<number>();
    const second = pool.hold(
      function* (question: () => number): Generator<number, void, undefined> {
        yield question();
      },
      [
        callback(() => {
          asked.open();
          return answer.promise;
        }) as never,
      ],
    );
    await asked.promise;
    await first.finish(success);
    expect(Atomics.load(closed, 0)).toBe(1);
    answer.open(7);
    const generator = await second;
    expect(generator.value).toBe(7);
    await generator.finish(success);
  });

  it("does not wait for another one that does not come back yet", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const gate = cells();
    const slow = await pool.hold(
      function* (gate: Int32Array): Generator<number, void, undefined> {
        yield 1;
        Atomics.store(gate, 1, 1);
        Atomics.wait(gate, 0, 0);
      },
      [gate],
    );
    const finished = slow.finish(success);
    await reached(gate, 1);
    const closed = cells();
    // Held anew, so that it is not where the other one blocks.
    const other = await pool.hold(held, [closed]);
    await other.finish(success);
    expect(Atomics.load(closed, 0)).toBe(1);
    open(gate);
    await finished;
  });
});

describe("an item of an iteration", () => {
  it("does not wait for the beginning of another one that waits for it", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const cell = cells();
    const lines = function* (cell: Int32Array): Generator<number> {
      Atomics.add(cell, 1, 1);
      while (Atomics.compareExchange(cell, 0, 0, 1) !== 0) Atomics.wait(cell, 0, 1);
      try {
        for (let n = 0; n < 100; n++) yield n;
      } finally {
        Atomics.store(cell, 0, 0);
        Atomics.notify(cell, 0);
      }
    };
    const first = pool.iterate(lines, [cell]);
    expect(await first.next()).toEqual({ done: false, value: 0 });
    const second = pool.iterate(lines, [cell]);
    const pending = second.next();
    await reached(cell, 1, 2);
    let items = 1;
    for await (const _ of first) items++;
    expect(items).toBe(100);
    expect(await pending).toEqual({ done: false, value: 0 });
    await second.return!();
    await closes(pool);
  });
});

describe("many generators held at once", () => {
  /** The order in which those of an array come when every seventh is taken, again and again. */
  const scattered = (length: number): number[] =>
    Array.from({ length }, (_, n) => (n * 7 + 3) % length);

  it.each([
    ["in order", Array.from({ length: 100 }, (_, n) => n)],
    ["the last first", Array.from({ length: 100 }, (_, n) => 99 - n)],
    ["in any order", scattered(100)],
  ])("start 40 threads at most, and can be finished %s", { timeout: 30_000 }, async (_, order) => {
    const pool = testPool();
    const closed = cells();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, pool.statistics().threads)), 1);
    try {
      const generators = await Promise.all(
        Array.from({ length: 100 }, () => pool.hold(held, [closed])),
      );
      most = Math.max(most, pool.statistics().threads);
      for (const n of order) await generators[n]!.finish(success);
    } finally {
      clearInterval(watch);
    }
    expect(Atomics.load(closed, 0)).toBe(100);
    expect(most).toBeLessThanOrEqual(40);
    await closes(pool);
  });

  it(
    "start 40 threads at most where they come while others are held",
    { timeout: 30_000 },
    async () => {
      const pool = testPool({ maxThreads: 2 });
      const closed = cells();
      const generators: HeldGenerator<number>[] = [];
      let most = 0;
      for (let n = 0; n < 100; n++) {
        generators.push(await pool.hold(held, [closed]));
        most = Math.max(most, pool.statistics().threads);
        if (n % 10 === 9) await pool.run(() => 1, []);
      }
      expect(most).toBeLessThanOrEqual(40);
      await Promise.all(generators.map((generator) => generator.finish(success)));
      expect(Atomics.load(closed, 0)).toBe(100);
      await closes(pool);
    },
  );

  it("leave the permits of a limiter to those that compute", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const pool = testPool({ limiter });
    const closed = cells();
    const generators: HeldGenerator<number>[] = [];
    for (let n = 0; n < 20; n++) generators.push(await pool.hold(held, [closed]));
    await until(() => limiter.statistics().used === 0);
    expect(await pool.run(() => "computes", [])).toBe("computes");
    for (const generator of generators.toReversed()) await generator.finish(success);
    await until(() => limiter.statistics().used === 0);
    await closes(pool);
  });
});

async function drain(iterator: AsyncIterable<unknown>): Promise<void> {
  // A consumer that does other things, too.
  for await (const _ of iterator) await setTimeout(0);
}
