import { describe, expect, it } from "vitest";
import { callback, WorkerExitedError, type Threadpool } from "../../lib/index.ts";
import { checkCancelled, progress } from "../../lib/worker.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, patience, testPool, until } from "../support/threads.ts";

// Functions that end their thread, wherever they are; calls that were queued go on.

const half = (n: number): number => n / 2;

/** Where a function may end its thread, and what then rejects. */
const positions: Record<string, (pool: Threadpool) => Promise<unknown>> = {
  "a plain function": (pool) => pool.run(() => process.exit(3), []),
  "an async function, at once": (pool) =>
    pool.run(async () => {
      await Promise.resolve();
      process.exit(3);
    }, []),
  "an async function that waits": (pool) =>
    pool.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.exit(3);
    }, []),
  "a timer of an async function": (pool) =>
    pool.run(() => new Promise(() => setTimeout(() => process.exit(3), 5)), []),
  "the `then` of its result": (pool) => {
    // oxlint-disable-next-line unicorn/no-thenable -- that is what a function may return
    return pool.run(() => ({ then: () => process.exit(3) }), []);
  },
  "a generator, before its first item": (pool) =>
    pool
      .iterate(function* (): Generator<number> {
        yield process.exit(3);
      }, [])
      .next(),
  "a generator, after some items": async (pool) => {
    const exiting = function* (): Generator<number> {
      for (let n = 0; n < 50; n++) yield n;
      process.exit(3);
    };
    for await (const _ of pool.iterate(exiting, []));
  },
  "the cleanup of a generator that is left": async (pool) => {
    const exiting = function* (): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        process.exit(3);
      }
    };
    for await (const n of pool.iterate(exiting, [])) if (n === 3) break;
  },
  "the setup of a held generator": (pool) =>
    pool.hold(function* () {
      yield process.exit(3);
    }, []),
  "the cleanup of a held generator": async (pool) => {
    const held = await pool.hold(function* () {
      yield 1;
      process.exit(3);
    }, []);
    await held.finish({ kind: "success" });
  },
  "the line after a callback": (pool) =>
    pool.run(
      (ask: () => unknown) => {
        ask();
        process.exit(3);
      },
      [callback(async () => pool.run(half, [2]))],
    ),
  "the handler of an error of a callback": (pool) =>
    pool.run(
      (ask: () => void) => {
        try {
          ask();
        } catch {
          process.exit(3);
        }
      },
      [
        callback(() => {
          throw new Error("no");
        }),
      ],
    ),
  "the line after progress()": (pool) =>
    pool.run(
      () => {
        progress(1);
        process.exit(3);
      },
      [],
      { onProgress: () => {} },
    ),
};

const exited = expect.toSatisfy(
  (error: Error) => error.name === "WorkerExitedError" || error.name === "WorkerLostError",
  "says that its thread has ended",
) as unknown;

describe("a thread that is ended by", () => {
  it.each(Object.keys(positions))("%s costs no call in the queue", patience, async (position) => {
    const pool = testPool({ maxThreads: 1 });
    await makeShort(() => pool.run(half, [2]));
    const ending = rejectionOf(positions[position]!(pool));
    const behind = [2, 4, 6].map((n) => pool.run(half, [n]));
    expect(await ending).toEqual(exited);
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
    await pool.close();
  });

  it.each(Object.keys(positions))(
    "%s, three times at once, costs no other",
    patience,
    async (position) => {
      const pool = testPool({ maxThreads: 2 });
      const ending = [1, 2, 3].map(() => rejectionOf(positions[position]!(pool)));
      const others = [2, 4, 6].map((n) => pool.run(half, [n]));
      for (const error of await Promise.all(ending)) expect(error).toEqual(exited);
      expect(await Promise.all(others)).toEqual([1, 2, 3]);
      await until(() => pool.statistics().running === 0);
      await pool.close();
    },
  );

  it("a function that has been cancelled settles with one of both", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const begun = cells();
    const controller = new AbortController();
    const leave = (begun: Int32Array): void => {
      Atomics.store(begun, 0, 1);
      try {
        for (;;) checkCancelled();
      } catch {
        process.exit(3);
      }
    };
    const options = { signal: controller.signal, onCancel: "cooperate" } as const;
    const call = rejectionOf(pool.run(leave, [begun], options));
    const behind = pool.run(half, [2]);
    await until(() => Atomics.load(begun, 0) === 1);
    controller.abort("enough");
    const error = await call;
    expect(error === "enough" || error instanceof WorkerExitedError).toBe(true);
    expect(await behind).toBe(1);
  });
});

describe("a thread that runs out of memory", () => {
  const resourceLimits = { maxOldGenerationSizeMb: 24 };

  const hoard = (): void => {
    const all: unknown[] = [];
    for (;;) all.push(Array.from({ length: 1_000 }, Math.random));
  };

  function* hoardItems(): Generator<number, void, undefined> {
    yield 1;
    const all: unknown[] = [];
    for (;;) all.push(Array.from({ length: 1_000 }, Math.random));
  }

  it("in a plain function costs no call in the queue", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 1, resourceLimits });
    const ending = rejectionOf(pool.run(hoard, []));
    const behind = [2, 4, 6].map((n) => pool.run(half, [n]));
    expect(await ending).toBeInstanceOf(WorkerExitedError);
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
  });

  it("in an iteration costs no call in the queue", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 1, resourceLimits });
    const consume = async (): Promise<void> => {
      for await (const _ of pool.iterate(hoardItems, []));
    };
    const ending = rejectionOf(consume());
    const behind = [2, 4, 6].map((n) => pool.run(half, [n]));
    expect(await ending).toEqual(exited);
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
  });

  it("in the cleanup of a held generator costs no call", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 1, resourceLimits });
    const held = await pool.hold(hoardItems, []);
    const ending = rejectionOf(held.finish({ kind: "success" }));
    const behind = [2, 4, 6].map((n) => pool.run(half, [n]));
    expect(await ending).toEqual(exited);
    expect(await Promise.all(behind)).toEqual([1, 2, 3]);
    await pool.close();
  });
});
