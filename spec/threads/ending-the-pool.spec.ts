import { describe, expect, it } from "vitest";
import {
  callback,
  CapacityLimiter,
  DeadlockError,
  ThreadpoolClosedError,
  type Threadpool,
} from "../../lib/index.ts";
import { progress } from "../../lib/worker.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, open, outcomeOf, patience, reached, testPool } from "../support/threads.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function* guarded(closed: Int32Array): Generator<number, void, undefined> {
  try {
    for (let n = 0; ; n++) yield n;
  } finally {
    Atomics.add(closed, 0, 1);
  }
}

const gone = { running: 0, queued: 0, threads: 0 };

describe("close()", () => {
  it("ends after a call was cancelled in the queue", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const pool = testPool({ limiter });
    const controller = new AbortController();
    const call = rejectionOf(pool.run(() => 1, [], { signal: controller.signal }));
    const closing = pool.close();
    await turn();
    controller.abort("no");
    expect(await call).toBe("no");
    permit.release();
    await closing;
    expect(pool.statistics()).toMatchObject(gone);
  });

  it(
    "ends after its last call has left the queue, though nobody releases a permit",
    patience,
    async () => {
      const limiter = new CapacityLimiter(1);
      const permit = await limiter.acquire();
      const pool = testPool({ limiter });
      const call = rejectionOf(pool.run(() => 1, [], { timeoutMs: 50 }));
      const closing = pool.close();
      expect(await call).toMatchObject({ name: "TimeoutError" });
      await closing;
      expect(limiter.statistics()).toMatchObject({ used: 1, waiting: 0 });
      permit.release();
    },
  );

  it("ends after iterations and generators were cancelled in the queue", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const pool = testPool({ limiter });
    const closed = cells();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [
      rejectionOf(pool.hold(guarded, [closed], { signal })),
      rejectionOf(pool.iterate(guarded, [closed], { signal }).next()),
    ];
    await turn();
    const closing = pool.close();
    await turn();
    controller.abort("no");
    expect(await Promise.all(waiting)).toEqual(["no", "no"]);
    await closing;
    permit.release();
    expect(Atomics.load(closed, 0)).toBe(0);
  });

  it("waits for those that are left in the queue", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const pool = testPool({ limiter });
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [1, 2, 3, 4].map((n) =>
      outcomeOf(pool.run((x: number) => x, [n], n % 2 === 0 ? { signal } : {})),
    );
    const closing = pool.close();
    await turn();
    controller.abort("no");
    permit.release();
    expect(await Promise.all(calls)).toEqual([[1], "thrown no", [3], "thrown no"]);
    await closing;
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("ends while calls come to their end in every way", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const calls = [
      outcomeOf(pool.run(() => 1, [])),
      outcomeOf(pool.run(() => process.exit(1), [])),
      outcomeOf(
        pool.run(
          () => {
            for (;;);
          },
          [],
          { timeoutMs: 100 },
        ),
      ),
      outcomeOf(pool.run((x: unknown) => typeof x, [new Proxy({}, {})])),
      outcomeOf(pool.run(() => 2, [])),
    ];
    await pool.close();
    expect(await Promise.all(calls)).toEqual([
      [1],
      "WorkerExitedError",
      "TimeoutError",
      "NotTransferableError",
      [2],
    ]);
    expect(pool.statistics()).toMatchObject(gone);
  });
});

describe("close() inside a callback of a call of the same pool", () => {
  const ask = (question: () => unknown): unknown => question();

  it("rejects with a DeadlockError instead of waiting for itself", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    let error: unknown;
    const question = callback(async () => {
      error = await rejectionOf(pool.close());
      return "answered";
    });
    expect(await pool.run(ask, [question])).toBe("answered");
    expect(error).toBeInstanceOf(DeadlockError);
    await pool.close();
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("fails the call where the callback does not catch it", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const call = pool.run(ask, [callback(() => pool.close())]);
    expect(await rejectionOf(call)).toMatchObject({ name: "DeadlockError" });
    await pool.close();
  });

  it("does so in an iteration and in a generator that is held", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const asking = function* (question: () => unknown): Generator<unknown, void, undefined> {
      yield question();
    };
    const question = callback(
      async () => (await rejectionOf(pool.close())) instanceof DeadlockError,
    );
    const iterator = pool.iterate(asking, [question]);
    expect(await iterator.next()).toEqual({ done: false, value: true });
    await iterator.return!();
    const other = testPool({ maxThreads: 1 });
    const held = await other.hold(asking, [
      callback(async () => (await rejectionOf(other.close())) instanceof DeadlockError),
    ]);
    expect(held.value).toBe(true);
    await held.finish({ kind: "success" });
    await Promise.all([pool.close(), other.close()]);
  });

  it("waits where it is called elsewhere while a callback is pending", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const asked = latch();
    const answer = latch<string>();
    const question = callback(() => {
      asked.open();
      return answer.promise;
    });
    const call = pool.run(ask, [question]);
    await asked.promise;
    const closing = pool.close();
    answer.open("answered");
    expect(await call).toBe("answered");
    await closing;
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("closes another pool", patience, async () => {
    const [pool, other] = [testPool({ maxThreads: 1 }), testPool({ maxThreads: 1 })];
    await other.run(() => 1, []);
    const question = callback(async () => {
      await other.close();
      return other.statistics().threads;
    });
    expect(await pool.run(ask, [question])).toBe(0);
  });

  it("is no reason for destroy() to hang there", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const ended = latch<string>();
    const question = callback(async () => {
      const outcome = await outcomeOf(pool.destroy());
      ended.open(typeof outcome === "string" ? outcome : "destroyed");
    });
    await outcomeOf(pool.run(ask, [question]));
    await pool.destroy();
    expect(["destroyed", "DeadlockError"]).toContain(await ended.promise);
    expect(pool.statistics()).toMatchObject(gone);
  });
});

describe("close() inside `onProgress`", () => {
  it("settles, and so does the call", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    let closing: Promise<unknown> | undefined;
    const call = pool.run(
      () => {
        for (let n = 0; n < 10; n++) progress(n);
        return "done";
      },
      [],
      { onProgress: () => void (closing ??= outcomeOf(pool.close())) },
    );
    expect(await call).toBe("done");
    // Nothing waits for what the handler began; where something does, it is told so.
    expect([["DeadlockError"], [[undefined]]]).toContainEqual([await closing]);
    await pool.close();
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("settles where the handler waits for it", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const outcomes: unknown[] = [];
    const call = pool.run(
      () => {
        progress(1);
        return "done";
      },
      [],
      {
        // oxlint-disable-next-line typescript/no-misused-promises
        onProgress: async () => {
          outcomes.push(await outcomeOf(pool.close()));
        },
      },
    );
    expect(await call).toBe("done");
    await pool.close();
    await turn();
    expect(outcomes).toHaveLength(1);
  });
});

describe("destroy()", () => {
  const reason = new Error("shutting down");

  /** What may be there when a pool is destroyed. */
  const states: Record<string, (pool: Threadpool, closed: Int32Array) => Promise<unknown>> = {
    async "an iteration that is suspended"(pool, closed) {
      const iterator = pool.iterate(guarded, [closed]);
      await iterator.next();
      return iterator;
    },
    async "an iteration in the middle of its items"(pool, closed) {
      const iterator = pool.iterate(guarded, [closed]);
      for (let n = 0; n < 40; n++) await iterator.next();
      return iterator;
    },
    async "a generator that is held"(pool, closed) {
      return pool.hold(guarded, [closed]);
    },
    async "several of both"(pool, closed) {
      const iterators = [1, 2, 3].map(() => pool.iterate(guarded, [closed]));
      for (const iterator of iterators) await iterator.next();
      return [iterators, await Promise.all([1, 2].map(() => pool.hold(guarded, [closed])))];
    },
  };

  it.each([
    ["an iteration that is suspended", 1],
    ["an iteration in the middle of its items", 1],
    ["a generator that is held", 1],
    ["several of both", 5],
  ])("ends %s, cleanup included: %i", patience, async (state, count) => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    // So that nothing is collected meanwhile.
    const kept = await states[state]!(pool, closed);
    await pool.destroy(reason);
    expect(Atomics.load(closed, 0)).toBe(count);
    expect(pool.statistics()).toMatchObject(gone);
    expect(kept).toBeDefined();
  });

  it("has the next item reject with its reason, and a verdict settle", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const iterator = pool.iterate(guarded, [closed]);
    await iterator.next();
    const held = await pool.hold(guarded, [closed]);
    await pool.destroy(reason);
    const drain = async (): Promise<void> => {
      for await (const _ of iterator);
    };
    expect(await rejectionOf(drain())).toBe(reason);
    await outcomeOf(held.finish({ kind: "success" }));
    expect(Atomics.load(closed, 0)).toBe(2);
  });

  it.each([true, false])(
    "ends with an iteration that was just left, before it: %s",
    patience,
    async (isFirst) => {
      const pool = testPool({ maxThreads: 2 });
      const closed = cells();
      const iterator = pool.iterate(guarded, [closed]);
      await iterator.next();
      const left = isFirst ? outcomeOf(iterator.return!()) : undefined;
      const destroyed = pool.destroy(reason);
      await (left ?? outcomeOf(iterator.return!()));
      await destroyed;
      expect(Atomics.load(closed, 0)).toBe(1);
      expect(pool.statistics()).toMatchObject(gone);
    },
  );

  it("ends with a verdict of the same turn", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const closed = cells();
    const once = function* (closed: Int32Array): Generator<number, void, undefined> {
      try {
        yield 1;
      } finally {
        Atomics.add(closed, 0, 1);
      }
    };
    const held = await pool.hold(once, [closed]);
    const finished = outcomeOf(held.finish({ kind: "success" }));
    await pool.destroy(reason);
    await finished;
    expect(Atomics.load(closed, 0)).toBe(1);
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("ends with a pending next() and a setup that do not come back", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const begun = cells();
    const stuck = function* (begun: Int32Array): Generator<number, void, undefined> {
      Atomics.add(begun, 1, 1);
      while (Atomics.load(begun, 0) === 0);
      yield 1;
    };
    const pending = rejectionOf(pool.iterate(stuck, [begun]).next());
    const setup = rejectionOf(pool.hold(stuck, [begun]));
    await reached(begun, 1, 2);
    await pool.destroy(reason);
    expect([await pending, await setup]).toEqual([reason, reason]);
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("ends with calls in the queue of a limiter that nobody releases", patience, async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const pool = testPool({ limiter });
    const waiting = [
      rejectionOf(pool.run(() => 1, [])),
      rejectionOf(pool.hold(guarded, [cells()])),
      rejectionOf(pool.iterate(guarded, [cells()]).next()),
    ];
    await turn();
    await pool.destroy(reason);
    expect(await Promise.all(waiting)).toEqual([reason, reason, reason]);
    permit.release();
    expect(limiter.statistics()).toMatchObject({ used: 0, waiting: 0 });
  });

  it("ends with a callback that is pending, once that is answered", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const asked = latch();
    const answer = latch();
    const question = callback(() => {
      asked.open();
      return answer.promise;
    });
    const call = rejectionOf(pool.run((question: () => unknown) => void question(), [question]));
    await asked.promise;
    const destroyed = pool.destroy(reason);
    answer.open();
    expect(await call).toBe(reason);
    await destroyed;
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("settles a call whose callback waits for the call", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const cancelled = latch();
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const question = callback(async () => {
      controller.abort("not needed");
      cancelled.open();
      await call.catch(() => {});
    });
    const call = pool.run((question: () => unknown) => void question(), [question], options);
    const failed = rejectionOf(call);
    await cancelled.promise;
    // Has a thread of its own, for the other one has ended.
    expect(await pool.run(() => 1, [])).toBe(1);
    await pool.destroy(reason);
    expect(await failed).toBe("not needed");
    expect(pool.statistics()).toMatchObject(gone);
  });

  it("ends with an abandoned call that never does", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const controller = new AbortController();
    const { signal } = controller;
    const spin = (begun: Int32Array): void => {
      Atomics.add(begun, 1, 1);
      while (Atomics.load(begun, 0) === 0);
    };
    const call = rejectionOf(pool.run(spin, [begun], { signal, onCancel: "abandon" }));
    await reached(begun, 1);
    controller.abort("left");
    expect(await call).toBe("left");
    await pool.destroy();
    expect(pool.statistics()).toMatchObject(gone);
    open(begun);
  });

  it("may follow close(), with an iteration that keeps it waiting", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const closed = cells();
    const iterator = pool.iterate(guarded, [closed]);
    await iterator.next();
    const closing = pool.close();
    await turn();
    await pool.destroy();
    await closing;
    expect(Atomics.load(closed, 0)).toBe(1);
    expect(await rejectionOf(pool.run(() => 1, []))).toBeInstanceOf(ThreadpoolClosedError);
    expect(iterator).toBeDefined();
  });
});
