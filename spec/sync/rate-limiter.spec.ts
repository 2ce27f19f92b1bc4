import { describe, expect, it } from "vitest";
import {
  CancelledError,
  cancelScope,
  DeadlineError,
  failAfter,
  type Permit,
  RateLimiter,
  type RateLimiterOptions,
  shield,
  sleep,
  taskGroup,
  type ScopeLike,
} from "../../lib/index.ts";
import { pendingTimers } from "../../lib/scope/timers.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

const inVirtualTime = (body: () => Promise<void>) => (): Promise<void> => withVirtualClock(body);

/** When each call was let go ahead, counted from now. */
function timesOf(
  limiter: RateLimiter,
  tokens: readonly number[],
  within?: ScopeLike,
): Promise<number[]> {
  const start = performance.now();
  return Promise.all(
    tokens.map((count) => limiter.acquire(within, count).then(() => performance.now() - start)),
  );
}

describe("RateLimiter", () => {
  it(
    "lets a burst go ahead at once and the others evenly after that",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 4, perMs: 1_000, burst: 2 });
      expect(await timesOf(limiter, [1, 1, 1, 1, 1])).toEqual([0, 0, 250, 500, 750]);
    }),
  );

  it(
    "has a burst as large as its limit, unless something else is said",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 3, perMs: 300 });
      expect(await timesOf(limiter, [1, 1, 1, 1])).toEqual([0, 0, 0, 100]);
      expect(limiter.statistics().burst).toBe(3);
    }),
  );

  it(
    "never lets more than its limit go ahead in one period with a burst of 1",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 10, perMs: 1_000, burst: 1 });
      const times = await timesOf(
        limiter,
        Array.from({ length: 40 }, () => 1),
      );
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(
          10,
        );
      }
    }),
  );

  it(
    "does not drift, however long it is in use",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 3, perMs: 1_000, burst: 1 });
      const start = performance.now();
      const expected: number[] = [];
      const found: number[] = [];
      for (let i = 0; i < 3_000; i++) {
        await limiter.acquire();
        found.push(performance.now());
        expected.push(start + (i * 1_000) / 3);
      }
      expect(found).toEqual(expected);
    }),
  );

  it(
    "saves up no more than its burst in a pause",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 2 });
      await timesOf(limiter, [1, 1]);
      await sleep(1_000_000);
      expect(await timesOf(limiter, [1, 1, 1])).toEqual([0, 0, 100]);
    }),
  );

  it(
    "counts what has come in since, to the fraction",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 3 });
      await timesOf(limiter, [1, 1, 1]);
      await sleep(250);
      expect(limiter.statistics()).toMatchObject({ available: 2, delayMs: 0 });
      expect(await timesOf(limiter, [1, 1, 1])).toEqual([0, 0, 50]);
    }),
  );

  it(
    "serves in order of arrival, and lets nobody overtake one that wants much",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 10, perMs: 1_000, burst: 5 });
      const order: string[] = [];
      const ask = (name: string, tokens: number): Promise<unknown> =>
        limiter
          .acquire(undefined, tokens)
          .then(() => order.push(`${name} ${performance.now() - start}`));
      const start = performance.now();
      const all = [ask("a", 4), ask("b", 5), ask("c", 1)];
      expect(limiter.tryAcquire()).toBeUndefined();
      await Promise.all(all);
      expect(order).toEqual(["a 0", "b 400", "c 500"]);
    }),
  );

  it(
    "takes no token for a call that is cancelled, and lets those behind it move up",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 1 });
      await limiter.acquire();
      const outcome = cancelScope((scope) => {
        const wait = limiter.acquire(scope);
        scope.cancel("enough");
        return wait;
      });
      const times = timesOf(limiter, [1, 1]);
      expect(await outcome).toEqual({ done: false, reason: "enough" });
      expect(await times).toEqual([100, 200]);
    }),
  );

  it(
    "serves at once those who want little when the one before them, who wanted much, is cancelled",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 10 });
      limiter.tryAcquire(8);
      let cancel!: () => void;
      const cancelled = rejectionOf(
        taskGroup((group) => {
          cancel = () => group.cancel("enough");
          return limiter.acquire(group, 10);
        }),
      );
      const times = timesOf(limiter, [1, 1, 1]);
      await sleep(50);
      cancel();
      expect(await cancelled).toBe("enough");
      expect(await times).toEqual([50, 50, 100]);
    }),
  );

  it(
    "gives nothing to the others that are cancelled with the one before them",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 4 });
      limiter.tryAcquire(2);
      const outcome = await cancelScope(async (scope) => {
        const heavy = rejectionOf(limiter.acquire(scope, 4));
        const light = rejectionOf(limiter.acquire(scope, 1));
        scope.cancel("all");
        return [await heavy, await light];
      });
      expect(outcome).toEqual({ done: true, value: ["all", "all"] });
      expect(limiter.statistics()).toMatchObject({ available: 2, waiting: 0 });
    }),
  );

  it(
    "keeps what was granted before the cancellation",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100 });
      const outcome = await cancelScope((scope) => {
        const granted = limiter.acquire(scope);
        scope.cancel();
        return granted;
      });
      expect(outcome.done).toBe(true);
      expect(limiter.statistics().available).toBe(0);
    }),
  );

  it(
    "refuses at once, with a DeadlineError, what would come after the deadline of the scope",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 1_000 });
      const start = performance.now();
      await limiter.acquire();
      const error = await rejectionOf(failAfter(900, (scope) => limiter.acquire(scope)));
      expect(error).toBeInstanceOf(DeadlineError);
      expect((error as Error).message).toBe(
        "A rate limiter (1 in 1000 ms, 0 waiting) could let this go ahead in 1000 ms, and the deadline is in 900 ms",
      );
      expect(performance.now() - start).toBe(0);
      expect(limiter.statistics().waiting).toBe(0);
      await failAfter(1_001, (scope) => limiter.acquire(scope));
      expect(performance.now() - start).toBe(1_000);
    }),
  );

  it(
    "refuses what would come with the deadline, and counts in what the others before it want",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 2 });
      limiter.tryAcquire(2);
      const others = timesOf(limiter, [1, 2]);
      expect(await rejectionOf(failAfter(400, (scope) => limiter.acquire(scope)))).toBeInstanceOf(
        DeadlineError,
      );
      const last = failAfter(400.5, (scope) => timesOf(limiter, [1], scope));
      expect(await others).toEqual([100, 300]);
      expect(await last).toEqual([400]);
    }),
  );

  it(
    "does not hold the deadline of an outer scope against a shielded one",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100 });
      limiter.tryAcquire();
      await failAfter(50, async (outer) => {
        expect(await rejectionOf(limiter.acquire(outer))).toBeInstanceOf(DeadlineError);
        const times = await shield((scope) => timesOf(limiter, [1], scope), { scope: outer });
        expect(times).toEqual([100]);
      });
    }),
  );

  it("refuses a call under a cancelled scope even while tokens are there", () =>
    cancelScope(async (scope) => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100 });
      scope.cancel("over");
      await expect(limiter.acquire(scope)).rejects.toBe("over");
      await expect(limiter.with(() => 1, scope)).rejects.toBe("over");
      expect(limiter.statistics().available).toBe(1);
    }).then(() => {}));

  it("lets cancellation come from an AbortSignal", async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 1e9 });
    limiter.tryAcquire();
    const controller = new AbortController();
    const wait = limiter.acquire(controller);
    controller.abort("stop");
    await expect(wait).rejects.toBe("stop");
    expect(limiter.statistics().waiting).toBe(0);
  });

  it(
    "runs a function once there are tokens for it, and never after a cancellation",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100, burst: 2 });
      expect(await limiter.with(() => "a", undefined, 2)).toBe("a");
      let isCalled = false;
      const error = await rejectionOf(
        taskGroup((group) => {
          const running = limiter.with(() => void (isCalled = true), group);
          group.cancel();
          return running;
        }),
      );
      expect(error).toBeInstanceOf(CancelledError);
      expect(isCalled).toBe(false);
    }),
  );

  it(
    "gives permits that it costs nothing to release, or to forget",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100 });
      const permit: Permit = await limiter.acquire();
      permit.release();
      permit[Symbol.dispose]();
      expect(limiter.tryAcquire()).toBeUndefined();
    }),
  );

  it(
    "tells how long one more call would wait",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 2, perMs: 100, burst: 1 });
      expect(limiter.statistics()).toEqual({
        limit: 2,
        perMs: 100,
        burst: 1,
        available: 1,
        waiting: 0,
        delayMs: 0,
      });
      const times = timesOf(limiter, [1, 1, 1]);
      expect(limiter.statistics()).toMatchObject({ available: 0, waiting: 2, delayMs: 150 });
      await sleep(20);
      expect(limiter.statistics()).toMatchObject({ available: 0, waiting: 2, delayMs: 130 });
      await times;
    }),
  );

  it(
    "has no timer while nobody waits",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 100 });
      limiter.tryAcquire();
      expect(pendingTimers()).toEqual([]);
      await cancelScope(async (scope) => {
        const wait = limiter.acquire(scope);
        expect(pendingTimers()).toHaveLength(1);
        scope.cancel();
        await wait;
      });
      expect(pendingTimers()).toEqual([]);
      await limiter.acquire();
      expect(pendingTimers()).toEqual([]);
    }),
  );

  it("serves those whose tokens have come before one that asks while the event loop was busy", async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 5, burst: 1 });
    await limiter.acquire();
    const order: string[] = [];
    const waiting = limiter.acquire().then(() => order.push("first"));
    const until = performance.now() + 20;
    while (performance.now() < until);
    const late = limiter.acquire().then(() => order.push("late"));
    await Promise.all([waiting, late]);
    expect(order).toEqual(["first", "late"]);
  });

  it.each([
    [1, Number.MAX_VALUE],
    [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE],
    [1, Number.MIN_VALUE],
    [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE],
    [1, 2 ** 31],
  ])("lets %d in %d ms go ahead", (limit, perMs) =>
    withVirtualClock(async () => {
      const limiter = new RateLimiter({ limit, perMs });
      const { burst, available } = limiter.statistics();
      expect(available).toBe(burst);
      await limiter.acquire(undefined, limit);
      const { delayMs } = limiter.statistics();
      expect(delayMs).toBeCloseTo(perMs / limit, 6);
      if (delayMs > 1e12) return;
      expect((await timesOf(limiter, [1]))[0]).toBeCloseTo(perMs / limit, 6);
    }),
  );

  it("refuses what is no rate", () => {
    const make = (options: object): unknown =>
      thrownBy(() => new RateLimiter(options as RateLimiterOptions));
    expect(make({ limit: 0, perMs: 1 })).toEqual(
      new RangeError("Expected `limit` to be an integer of 1 or more, got 0 (number)"),
    );
    for (const limit of [1.5, Number.NaN, Infinity, -1]) {
      expect(make({ limit, perMs: 1 })).toBeInstanceOf(RangeError);
      expect(make({ limit: 1, perMs: 1, burst: limit })).toBeInstanceOf(RangeError);
    }
    expect(make({ perMs: 1 })).toEqual(
      new TypeError("Expected `limit` to be an integer of 1 or more, got undefined"),
    );
    expect(make({ limit: 1 })).toEqual(
      new TypeError("Expected `perMs` to be milliseconds above 0, and finite, got undefined"),
    );
    for (const perMs of [0, -1, Infinity, Number.NaN]) {
      expect(make({ limit: 1, perMs })).toBeInstanceOf(RangeError);
    }
  });

  it("refuses to wait for more tokens than there ever are, and for none", () => {
    const limiter = new RateLimiter({ limit: 5, perMs: 1, burst: 2 });
    const calls = [
      (tokens: number) => limiter.acquire(undefined, tokens),
      (tokens: number) => limiter.tryAcquire(tokens),
      (tokens: number) => limiter.with(() => {}, undefined, tokens),
    ];
    for (const call of calls) {
      for (const tokens of [3, 0, 0.5, -1, Infinity, Number.NaN]) {
        expect(thrownBy(() => call(tokens))).toBeInstanceOf(RangeError);
      }
      expect(thrownBy(() => call("1" as never))).toBeInstanceOf(TypeError);
    }
    expect((thrownBy(() => limiter.tryAcquire(3)) as Error).message).toBe(
      "Expected `tokens` to be at most the `burst` of the rate limiter, 2, got 3 (number): so many are never there at once",
    );
  });
});
