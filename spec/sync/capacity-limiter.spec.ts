import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  cancelScope,
  type CancelScope,
  checkpoint,
  moveOnAfter,
  type Permit,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";

/** A scope that stays open until the test is over. */
async function withScope(body: (scope: CancelScope) => Promise<void>): Promise<void> {
  await cancelScope((scope) => body(scope));
}

describe("CapacityLimiter", () => {
  it("lets no more than its total go ahead", async () => {
    const limiter = new CapacityLimiter(2);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 9 }, () =>
        limiter.with(async () => {
          most = Math.max(most, ++running);
          await checkpoint();
          running--;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(limiter.statistics()).toEqual({ total: 2, used: 0, waiting: 0 });
  });

  it("serves in order of arrival", async () => {
    const limiter = new CapacityLimiter(1);
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3, 4].map((i) => limiter.with(() => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("does not let a late call overtake one that waits", async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const waiting = limiter.acquire();
    permit.release();
    expect(limiter.tryAcquire()).toBeUndefined();
    (await waiting).release();
    expect(limiter.tryAcquire()).toBeDefined();
  });

  it("takes a permit back once, however often it is released", async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    permit.release();
    permit.release();
    permit[Symbol.dispose]();
    expect(limiter.statistics().used).toBe(0);
    const next = await limiter.acquire();
    permit.release();
    expect(limiter.tryAcquire()).toBeUndefined();
    next[Symbol.dispose]();
    expect(limiter.statistics().used).toBe(0);
  });

  it("gives a cancelled call no permit, and the call behind it its turn", () =>
    withScope(async (scope) => {
      const limiter = new CapacityLimiter(1);
      const permit = await limiter.acquire();
      const cancelled = cancelScope((inner) => {
        const wait = limiter.acquire(inner);
        inner.cancel("enough");
        expect(limiter.statistics().waiting).toBe(0);
        return wait;
      });
      const next = limiter.acquire(scope);
      permit.release();
      expect(await cancelled).toEqual({ done: false, reason: "enough" });
      (await next).release();
      expect(limiter.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
    }));

  it("keeps the permit of a call that was granted before it was cancelled", async () => {
    const limiter = new CapacityLimiter(1);
    const first = await limiter.acquire();
    const outcome = await cancelScope((scope) => {
      const wait = limiter.acquire(scope);
      first.release();
      scope.cancel();
      return wait;
    });
    expect(outcome.done).toBe(true);
    expect(limiter.statistics().used).toBe(1);
  });

  it("lets cancellation come from an AbortSignal and leaves no listener on it", async () => {
    const limiter = new CapacityLimiter(0);
    const controller = new AbortController();
    const reason = new Error("stop");
    const wait = limiter.acquire(controller);
    controller.abort(reason);
    await expect(wait).rejects.toBe(reason);
    await expect(limiter.acquire(controller)).rejects.toBe(reason);
    expect(limiter.statistics()).toEqual({ total: 0, used: 0, waiting: 0 });
  });

  it("refuses a call under a cancelled scope even while a permit is free", () =>
    withScope(async (scope) => {
      const limiter = new CapacityLimiter(1);
      scope.cancel("over");
      await expect(limiter.acquire(scope)).rejects.toBe("over");
      await expect(limiter.with(() => 1, scope)).rejects.toBe("over");
      expect(limiter.statistics().used).toBe(0);
    }));

  it("lets exactly the extra waiters go ahead when its total is raised", async () => {
    const limiter = new CapacityLimiter(0);
    const granted: number[] = [];
    for (let i = 0; i < 5; i++) void limiter.acquire().then(() => granted.push(i));
    limiter.total = 2;
    await checkpoint();
    expect(granted).toEqual([0, 1]);
    limiter.total = 3;
    await checkpoint();
    expect(granted).toEqual([0, 1, 2]);
    expect(limiter.statistics()).toEqual({ total: 3, used: 3, waiting: 2 });
  });

  it("waits for permits to come back when its total is lowered below what is used", async () => {
    const limiter = new CapacityLimiter(3);
    const permits = [await limiter.acquire(), await limiter.acquire(), await limiter.acquire()];
    limiter.total = 1;
    const waiting = limiter.acquire();
    permits[0]!.release();
    permits[1]!.release();
    expect(limiter.statistics()).toEqual({ total: 1, used: 1, waiting: 1 });
    permits[2]!.release();
    expect(limiter.statistics()).toEqual({ total: 1, used: 1, waiting: 0 });
    (await waiting).release();
  });

  it("hands 10,000 waiters on without recursion", async () => {
    const limiter = new CapacityLimiter(1);
    let count = 0;
    const first = await limiter.acquire();
    const all = Promise.all(
      Array.from({ length: 10_000 }, async () => {
        const permit = await limiter.acquire();
        count++;
        permit.release();
      }),
    );
    first.release();
    await all;
    expect(count).toBe(10_000);
  });

  it("has no limit with a total of Infinity", async () => {
    const limiter = new CapacityLimiter(Infinity);
    for (let i = 0; i < 100; i++) await limiter.acquire();
    expect(limiter.statistics()).toEqual({ total: Infinity, used: 100, waiting: 0 });
  });

  it("refuses a total that is none", () => {
    expect(() => new CapacityLimiter(-1)).toThrow(
      new RangeError("Expected `total` to be an integer of 0 or more or Infinity, got -1 (number)"),
    );
    expect(() => new CapacityLimiter(1.5)).toThrow(RangeError);
    expect(() => new CapacityLimiter(Number.NaN)).toThrow(RangeError);
    expect(() => new CapacityLimiter("2" as never)).toThrow(TypeError);
    const limiter = new CapacityLimiter(1);
    expect(() => (limiter.total = -2)).toThrow(RangeError);
    expect(limiter.total).toBe(1);
  });
});

describe("CapacityLimiter.with", () => {
  it("releases when the function throws, at once or later", async () => {
    const limiter = new CapacityLimiter(1);
    const now = limiter.with(() => {
      throw new Error("at once");
    });
    await expect(now).rejects.toThrow("at once");
    const later = limiter.with(async () => {
      await checkpoint();
      throw new Error("later");
    });
    await expect(later).rejects.toThrow("later");
    expect(limiter.statistics().used).toBe(0);
  });

  it("settles and releases alike for a call that had to wait, whatever the function does", async () => {
    const limiter = new CapacityLimiter(1);
    const held = await limiter.acquire();
    const error = new Error("thrown");
    const thenable: PromiseLike<string> = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
      then: (onFulfilled, onRejected) => Promise.resolve("thenable").then(onFulfilled, onRejected),
    };
    const calls = [
      limiter.with(() => "at once"),
      limiter.with(async () => {
        await checkpoint();
        return "later";
      }),
      limiter.with(() => thenable),
      limiter.with(() => {
        throw error;
      }),
      limiter.with(() => checkpoint().then(() => Promise.reject(error))),
      limiter.with(function* pages() {
        yield 1;
      }),
      limiter.with(() => "last"),
    ];
    expect(limiter.statistics()).toEqual({ total: 1, used: 1, waiting: 7 });
    held.release();
    expect(await Promise.allSettled(calls)).toEqual([
      { status: "fulfilled", value: "at once" },
      { status: "fulfilled", value: "later" },
      { status: "fulfilled", value: "thenable" },
      { status: "rejected", reason: error },
      { status: "rejected", reason: error },
      { status: "rejected", reason: expect.any(TypeError) },
      { status: "fulfilled", value: "last" },
    ]);
    expect(limiter.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
  });

  it("holds the permit of a call that had to wait until its promise has settled", async () => {
    const limiter = new CapacityLimiter(1);
    const held = await limiter.acquire();
    const work = latch();
    const first = limiter.with(() => work.promise);
    const second = limiter.with(() => "second");
    held.release();
    await checkpoint();
    expect(limiter.statistics()).toEqual({ total: 1, used: 1, waiting: 1 });
    work.open();
    await first;
    expect(await second).toBe("second");
  });

  it("lets a call that waits begin when the total is raised", async () => {
    const limiter = new CapacityLimiter(0);
    const call = limiter.with(() => limiter.statistics().used);
    limiter.total = 1;
    expect(await call).toBe(1);
    expect(limiter.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
  });

  it("never calls the function before the next line", async () => {
    const limiter = new CapacityLimiter(1);
    let called = false;
    const result = limiter.with(() => (called = true));
    expect(called).toBe(false);
    expect(await result).toBe(true);
  });

  it("does not call the function when the wait was cancelled", async () => {
    const limiter = new CapacityLimiter(0);
    let called = false;
    const outcome = await moveOnAfter(1, (scope) => limiter.with(() => (called = true), scope));
    limiter.total = 1;
    await checkpoint();
    expect(outcome.done).toBe(false);
    expect(called).toBe(false);
  });

  it("refuses what it cannot run", async () => {
    const limiter = new CapacityLimiter(1);
    expect(() => limiter.with(3 as never)).toThrow(TypeError);
    expect(() => limiter.with(() => 1, 3 as never)).toThrow(TypeError);
    const generator = limiter.with(function* pages() {
      yield 1;
    });
    await expect(generator).rejects.toThrow(/`pages`.*generator/);
    expect(limiter.statistics().used).toBe(0);
  });

  it("runs the function in the caller's async context, not in the releaser's", async () => {
    const storage = new AsyncLocalStorage<string>();
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const seen = storage.run("caller", () => limiter.with(() => storage.getStore()));
    storage.run("releaser", () => permit.release());
    expect(await seen).toBe("caller");
  });
});

describe("CapacityLimiter.wrap", () => {
  it("passes `this` and the arguments on, and limits the calls", async () => {
    const limiter = new CapacityLimiter(1);
    const host = {
      name: "host",
      get: limiter.wrap(async function (this: { name: string }, path: string, times: number) {
        expect(limiter.statistics().used).toBe(1);
        await checkpoint();
        return this.name + path.repeat(times);
      }),
    };
    expect(await Promise.all([host.get("/a", 1), host.get("/b", 2)])).toEqual([
      "host/a",
      "host/b/b",
    ]);
    expect(limiter.statistics().used).toBe(0);
  });

  it("passes both on to a call that had to wait, in the caller's async context", async () => {
    const storage = new AsyncLocalStorage<string>();
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const host = {
      name: "host",
      get: limiter.wrap(function (this: { name: string }, path: string) {
        return `${this.name}${path} ${storage.getStore()}`;
      }),
    };
    const call = storage.run("caller", () => host.get("/a"));
    storage.run("releaser", () => permit.release());
    expect(await call).toBe("host/a caller");
  });

  it("refuses what cannot be called", () => {
    expect(() => new CapacityLimiter(1).wrap("f" as never)).toThrow(TypeError);
  });
});

describe("Permit", () => {
  it("can be given to somebody else to release", async () => {
    const limiter = new CapacityLimiter(1);
    const permits: Permit[] = [];
    permits.push(await limiter.acquire());
    const waiting = limiter.acquire();
    queueMicrotask(() => permits.pop()!.release());
    (await waiting).release();
    expect(limiter.statistics().used).toBe(0);
  });
});
