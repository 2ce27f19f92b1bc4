import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  DeadlineError,
  failAfter,
  type Limiter,
  mapConcurrent,
  provide,
  RateLimiter,
  resolveDependencies,
  retry,
  type ScopeOptions,
  sleep,
  streamConcurrent,
  type TaskScope,
  taskGroup,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const inVirtualTime = (body: () => Promise<void>) => (): Promise<void> => withVirtualClock(body);
/** Two at once after a pause, and then one every 100 ms. */
const twoAndTen = (): RateLimiter => new RateLimiter({ limit: 10, perMs: 1_000, burst: 2 });

/** A limiter that knows nothing of cancellation. */
function deaf(total: number): Limiter {
  const limiter = new CapacityLimiter(total);
  return { acquire: () => limiter.acquire() };
}

type Run = (
  items: Iterable<number>,
  fn: (item: number, task: TaskScope) => unknown,
  options: { readonly concurrency: Limiter } & ScopeOptions,
) => Promise<unknown>;

const runs: Record<string, Run> = {
  taskGroup: (items, fn, options) =>
    taskGroup((group) => {
      for (const item of items) group.spawn((task) => fn(item, task));
    }, options),
  mapConcurrent: (items, fn, options) => mapConcurrent(items, fn, options),
  streamConcurrent: async (items, fn, options) => {
    for await (const _ of streamConcurrent(items, fn, options));
  },
};

describe.each(Object.entries(runs))("a limiter as the `concurrency` of %s", (_name, run) => {
  it(
    "lets calls begin at its rate",
    inVirtualTime(async () => {
      const start = performance.now();
      const begun: number[] = [];
      await run(
        [1, 2, 3, 4],
        async (_, task) => {
          begun.push(performance.now() - start);
          await sleep(1_000, task);
        },
        { concurrency: twoAndTen() },
      );
      expect(begun).toEqual([0, 0, 100, 200]);
    }),
  );

  it(
    "fails as soon as it refuses a call, and has called nothing in vain",
    inVirtualTime(async () => {
      const limiter = twoAndTen();
      const start = performance.now();
      const called: number[] = [];
      const error = await rejectionOf(
        run([1, 2, 3, 4], (item) => called.push(item), { concurrency: limiter, timeoutMs: 150 }),
      );
      expect(error).toBeInstanceOf(DeadlineError);
      expect((error as Error).message).toMatch(/^A rate limiter/);
      expect(performance.now() - start).toBeLessThanOrEqual(100);
      expect(called.length).toBeLessThanOrEqual(3);
      expect(limiter.statistics().waiting).toBe(0);
    }),
  );

  it.each([
    ["a CapacityLimiter", (total: number): Limiter => new CapacityLimiter(total)],
    ["a limiter that knows no cancellation", deaf],
  ])("holds a permit of %s while a call runs, and gives each back", async (_kind, make) => {
    const limiter = make(2);
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 9 }, (_, i) => i);
    await run(
      items,
      async (_, task) => {
        most = Math.max(most, ++running);
        await sleep(1, task);
        running--;
      },
      { concurrency: limiter },
    );
    expect(most).toBe(2);
    const boom = new Error("boom");
    const failing = run(items, () => Promise.reject(boom), { concurrency: limiter });
    expect(await rejectionOf(failing)).toBe(boom);
    const both = await Promise.all([limiter.acquire(), limiter.acquire()]);
    for (const permit of both) permit.release();
  });

  it("does not wait for a permit once it is cancelled, and gives back what comes too late", async () => {
    const limiter = new CapacityLimiter(1);
    const held = await limiter.acquire();
    const called: number[] = [];
    const error = await rejectionOf(
      run([1], (item) => called.push(item), {
        concurrency: { acquire: () => limiter.acquire() },
        timeoutMs: 5,
      }),
    );
    expect(error).toBeInstanceOf(DeadlineError);
    held.release();
    (await limiter.acquire()).release();
    expect(called).toEqual([]);
    expect(limiter.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
  });
});

describe("mapConcurrent", () => {
  it("gives results in the order of the items under a limiter, and asks for no permit without an item", async () => {
    let asked = 0;
    const limiter = new CapacityLimiter(2);
    const governor: Limiter = {
      acquire: (within) => {
        asked++;
        return limiter.acquire(within);
      },
    };
    async function* items(): AsyncGenerator<number> {
      for (const n of [3, 2, 1]) yield await Promise.resolve(n);
    }
    const results = await mapConcurrent(
      items(),
      async (n, task) => {
        await sleep(n, task);
        return n * n;
      },
      { concurrency: governor },
    );
    expect(results).toEqual([9, 4, 1]);
    expect(asked).toBe(3);
  });

  it("takes a limit function of p-limit", async () => {
    const limit = pLimit(2);
    let most = 0;
    await mapConcurrent(
      [1, 2, 3, 4, 5],
      async (_, task) => {
        most = Math.max(most, limit.activeCount);
        await sleep(1, task);
      },
      { concurrency: limit },
    );
    expect(most).toBe(2);
    await new Promise(setImmediate);
    expect([limit.activeCount, limit.pendingCount]).toEqual([0, 0]);
  });
});

describe("streamConcurrent", () => {
  it("does not take an item that waits for its permit for one that is done with", async () => {
    const limiter = new CapacityLimiter(1);
    const held = await limiter.acquire();
    const seen: number[] = [];
    const error = await rejectionOf(
      taskGroup(async () => {
        for await (const n of streamConcurrent([1], (n) => n, {
          concurrency: limiter,
          timeoutMs: 5,
        })) {
          seen.push(n);
        }
      }),
    );
    held.release();
    expect(error).toBeInstanceOf(DeadlineError);
    expect(seen).toEqual([]);
  });

  it("keeps its backpressure under a limiter", async () => {
    const called: number[] = [];
    const items = Array.from({ length: 100 }, (_, i) => i);
    const stream = streamConcurrent(items, (n) => called.push(n), {
      concurrency: new CapacityLimiter(100),
    });
    await stream.next();
    await sleep(1);
    expect(called.length).toBeLessThanOrEqual(17);
    await stream.return!();
  });
});

describe("retry", () => {
  it(
    "takes a permit for each attempt",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 60_000, burst: 1 });
      const start = performance.now();
      const begun: number[] = [];
      const value = await retry(
        (_, attempt) => {
          begun.push(performance.now() - start);
          if (attempt < 2) throw new Error("not yet");
          return attempt;
        },
        { baseMs: 1, limit: limiter },
      );
      expect(value).toBe(2);
      expect(begun).toEqual([0, 60_000, 120_000]);
    }),
  );

  it(
    "does not try again what the limiter refuses",
    inVirtualTime(async () => {
      const limiter = new RateLimiter({ limit: 1, perMs: 60_000, burst: 1 });
      const start = performance.now();
      const heard: number[] = [];
      let attempts = 0;
      const error = await rejectionOf(
        retry(
          () => {
            attempts++;
            throw new Error("not yet");
          },
          {
            baseMs: 1,
            maxAttempts: 10,
            limit: limiter,
            timeoutMs: 30_000,
            onError: (_, attempt) => heard.push(attempt),
          },
        ),
      );
      expect((error as Error).message).toMatch(/^A rate limiter/);
      expect([attempts, heard]).toEqual([1, [0]]);
      expect(performance.now() - start).toBeLessThan(10);
    }),
  );

  it("tries again after an attempt's own DeadlineError, and gives each permit back", async () => {
    const limiter = new CapacityLimiter(1);
    const value = await retry<string | void>(
      (task, attempt) =>
        attempt === 0 ? failAfter(1, (scope) => sleep(60_000, scope), { scope: task }) : "done",
      { baseMs: 1, limit: limiter },
    );
    expect(value).toBe("done");
    expect(limiter.statistics().used).toBe(0);
  });
});

describe("ProviderOptions.limit", () => {
  it(
    "may be a rate limiter",
    inVirtualTime(async () => {
      const limit = new RateLimiter({ limit: 1, perMs: 100 });
      const start = performance.now();
      const asked = (): Promise<number> => Promise.resolve(performance.now() - start);
      const a = provide(async () => await asked(), { limit });
      const b = provide(async () => await asked(), { limit });
      expect(await resolveDependencies({ a, b })).toEqual({ a: 0, b: 100 });
      const late = provide(async () => await asked(), { limit });
      expect(await rejectionOf(resolveDependencies({ late }, { scope: await spent() }))).toBe(
        "over",
      );
    }),
  );
});

/** A scope that was cancelled with the reason "over". */
async function spent(): Promise<{ readonly signal: AbortSignal }> {
  const controller = new AbortController();
  controller.abort("over");
  return await Promise.resolve(controller);
}
