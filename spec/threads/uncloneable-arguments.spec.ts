import { describe, expect, it } from "vitest";
import { callback, CapacityLimiter } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, makeShort, open, patience, reached, testPool, until } from "../support/threads.ts";

// Arguments that only cloning refuses, among those of calls that are fine.

/** Waits at a gate, if it is given one. */
const kind = (value: unknown, gate: Int32Array | null): string => {
  if (gate !== null) {
    Atomics.add(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
  }
  return typeof value;
};

const refused = { name: "NotTransferableError" };

describe("thousands of calls with arguments that cannot be cloned", () => {
  it.each([1, 2, 4])(
    "reject, and the pool works, %i threads",
    { timeout: 30_000 },
    async (maxThreads) => {
      const pool = testPool({ maxThreads });
      const gate = cells();
      const first = pool.run(kind, [1, gate]);
      await reached(gate, 1);
      const bad = Array.from({ length: 2_000 }, () =>
        rejectionOf(pool.run(kind, [new Proxy({}, {}), null])),
      );
      const good = pool.run(kind, ["good", null]);
      open(gate);
      for (const error of await Promise.all(bad)) expect(error).toMatchObject(refused);
      expect([await first, await good]).toEqual(["number", "string"]);
      expect(await pool.run(kind, [true, null])).toBe("boolean");
      expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
    },
  );

  it(
    "reject among as many that are fine, of a function known to be short",
    { timeout: 30_000 },
    async () => {
      const limiter = new CapacityLimiter(2);
      const pool = testPool({ limiter });
      await makeShort(() => pool.run(kind, [1, null]));
      const calls = Array.from({ length: 2_000 }, (_, n) =>
        pool
          .run(kind, [n % 2 === 0 ? n : new Proxy({}, {}), null])
          .catch((error: unknown) => (error as Error).name),
      );
      const results = await Promise.all(calls);
      expect(results.filter((result) => result === "number")).toHaveLength(1_000);
      expect(results.filter((result) => result === refused.name)).toHaveLength(1_000);
      expect(await pool.run(kind, [1, null])).toBe("number");
      await until(() => limiter.statistics().used === 0);
      expect(limiter.statistics().waiting).toBe(0);
    },
  );

  it("reject as iterations and as held generators", { timeout: 30_000 }, async () => {
    const pool = testPool({ maxThreads: 2 });
    const items = function* (value: unknown): Generator<string, void, undefined> {
      yield typeof value;
    };
    const bad = Array.from({ length: 500 }, () => [
      rejectionOf(pool.iterate(items, [new Proxy({}, {})]).next()),
      rejectionOf(pool.hold(items, [new Proxy({}, {})])),
    ]).flat();
    for (const error of await Promise.all(bad)) expect(error).toMatchObject(refused);
    const held = await pool.hold(items, [1]);
    expect(held.value).toBe("number");
    await held.finish({ kind: "success" });
    await pool.close();
  });
});

describe("one call with an argument that cannot be cloned, among short ones", () => {
  it.each([0, 1, 9, 18, 19])("changes nothing for the others: at %i", patience, async (at) => {
    const pool = testPool({ maxThreads: 1 });
    await makeShort(() => pool.run(kind, [1, null]));
    const calls = Array.from({ length: 20 }, (_, n) =>
      n === at
        ? rejectionOf(pool.run(kind, [new Proxy({}, {}), null]))
        : pool.run(kind, [`${n}`, null]),
    );
    expect(await calls[at]).toMatchObject(refused);
    const others = calls.filter((_, n) => n !== at);
    expect(await Promise.all(others)).toEqual(others.map(() => "string"));
  });

  it(
    "leaves the permit with the one behind it, which hears of its cancellation",
    patience,
    async () => {
      const limiter = new CapacityLimiter(1);
      const pool = testPool({ limiter });
      await makeShort(() => pool.run(kind, [1, null]));
      // It can be sent when it is called, and not any more when it is its turn.
      const spoilt: { value?: unknown } = {};
      const first = pool.run(kind, [spoilt, null]).catch((error: unknown) => (error as Error).name);
      const gate = cells();
      const controller = new AbortController();
      const { signal } = controller;
      const second = rejectionOf(pool.run(kind, [1, gate], { signal }));
      spoilt.value = () => 1;
      await reached(gate, 1);
      expect(limiter.statistics().used).toBe(1);
      controller.abort("enough");
      expect(await second).toBe("enough");
      expect(["object", refused.name]).toContain(await first);
      await until(() => limiter.statistics().used === 0);
      expect(await pool.run(kind, [1, null])).toBe("number");
    },
  );

  it("leaves the one behind it able to call back", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const ask = (value: unknown, question: (() => unknown) | null): unknown =>
      question?.() ?? value;
    await makeShort(() => pool.run(ask, [1, null]));
    const first = rejectionOf(pool.run(ask, [new Proxy({}, {}), null]));
    const second = pool.run(ask, [1, callback(async () => pool.run(ask, ["answer", null]))]);
    expect(await first).toMatchObject(refused);
    expect(await second).toBe("answer");
  });
});
