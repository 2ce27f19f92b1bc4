import { afterAll, describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  compileDependencies,
  DeadlineError,
  dependencyPath,
  type Executor,
  failAfter,
  failuresOf,
  type HoldingExecutor,
  inline,
  lazy,
  lifetime,
  NotSupportedError,
  openDependencies,
  outcome,
  provide,
  resolveDependencies,
  Threadpool,
} from "../../lib/index.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const pool = new Threadpool({ maxThreads: 2 });
afterAll(() => pool.close());

describe("a plain function", () => {
  it("runs in a worker thread, with its dependencies and what it captures, among all other kinds", async () => {
    const offset = 1;
    const number = provide(async () => 40);
    const counter = inline(function* () {
      yield 1;
    });
    const sum = provide({ number, counter }, ({ number, counter }) => ({
      sum: number + counter + offset,
      isMainThread: process.getBuiltinModule("node:worker_threads").isMainThread,
    }));
    const onLoop = inline({ sum }, ({ sum }) => ({ ...sum, loop: true }));
    expect(await resolveDependencies({ onLoop }, { pool }, ({ onLoop }) => onLoop)).toEqual({
      sum: 42,
      isMainThread: false,
      loop: true,
    });
  });

  it("runs in the default pool unless another is given", async () => {
    const thread = provide(() => process.getBuiltinModule("node:worker_threads").isMainThread);
    expect(await resolveDependencies({ thread })).toEqual({ thread: false });
  });

  it("keeps what structured clone keeps", async () => {
    const value = provide(() => {
      const cyclic: { self?: unknown; map: Map<string, Date>; big: bigint } = {
        map: new Map([["epoch", new Date(0)]]),
        big: 10n,
      };
      cyclic.self = cyclic;
      return cyclic as { map: Map<string, Date>; big: bigint };
    });
    const { value: got } = await resolveDependencies({ value }, { pool });
    expect(got.map.get("epoch")).toEqual(new Date(0));
    expect(got.big).toBe(10n);
    expect((got as { self?: unknown }).self).toBe(got);
  });

  it("fails with what it throws, as itself", async () => {
    const bad = provide((): number => {
      throw Object.assign(new RangeError("too far"), { code: "E_FAR" });
    });
    const user = provide({ bad }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ user }, { pool }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "too far", code: "E_FAR" });
    expect(dependencyPath(error)).toEqual(["user", "bad"]);
  });

  it("says which provider, which value and what to do when a dependency cannot travel", async () => {
    class Pool {
      query(): void {}
    }
    const db = inline(() => ({ pool: new Pool() }));
    // @ts-expect-error -- the compiler sees it, too
    const user = provide({ db }, ({ db }) => typeof db);
    const error = await rejectionOf(resolveDependencies({ user }, { pool }));
    expect(error).toMatchObject({
      name: "NotTransferableError",
      code: "ERR_SKEIN_NOT_TRANSFERABLE",
      path: ["user", "db", "pool"],
    });
    const { message } = error as Error;
    expect(message).toContain("Provider `user` is a plain function and so runs in a worker thread");
    expect(message).toContain("Pool");
    expect(message).toContain("make it `async`, or say `inline`");
  });

  it("says so when its result cannot travel", async () => {
    const value = provide((() => ({ items: [() => 1] })) as () => never);
    const user = inline({ value }, () => 1);
    const error = await rejectionOf(resolveDependencies({ user }, { pool }));
    expect(error).toMatchObject({
      name: "NotTransferableError",
      path: ["user", "value", "result", "items", "0"],
    });
  });

  it("says so when the function itself cannot travel", async () => {
    let count = 0;
    const value = provide(() => ++count);
    const error = await rejectionOf(resolveDependencies({ value }, { pool }));
    expect(error).toMatchObject({ name: "ShipError", variable: "count" });
    expect((error as Error).message).toContain("make it `async`, or say `inline`");
  });

  it("has left its thread before the failure of a sibling comes out", async () => {
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const endless = provide(() => {
      for (;;) Atomics.add(cells, 0, 1);
    });
    const bad = provide(async () => {
      while (Atomics.load(cells, 0) === 0) await new Promise(setImmediate);
      throw new Error("bad");
    });
    expect(String(await rejectionOf(resolveDependencies({ endless, bad }, { pool })))).toBe(
      "Error: bad",
    );
    const count = Atomics.load(cells, 0);
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    expect(Atomics.load(cells, 0)).toBe(count);
  });

  it("is ended by a deadline, however long it would run", async () => {
    const endless = provide(() => {
      for (;;);
    });
    const resolution = failAfter(20, (scope) => resolveDependencies(endless, { pool, scope }));
    expect(await rejectionOf(resolution)).toBeInstanceOf(DeadlineError);
  });

  it("may live in a lifetime, and fail as data", async () => {
    const App = lifetime("app");
    const table = provide.in(App)(() => [1, 2, 3]);
    const bad = provide((): number => {
      throw new Error("bad");
    });
    await using app = App.open();
    const { a, b, result } = await resolveDependencies(
      { a: table, b: table, result: outcome(bad) },
      { within: app, pool },
    );
    expect(a).toBe(b);
    expect(a).toEqual([1, 2, 3]);
    expect(result).toMatchObject({ done: false, reason: { message: "bad" } });
  });

  it("takes no context, which could not travel", () => {
    expect(() => provide({}, (_deps, context) => context.name)).toThrow("there is no context");
  });
});

describe("a plain generator", () => {
  const log = (): Int32Array => new Int32Array(new SharedArrayBuffer(16));

  it("stays in its worker thread until the teardown, which learns the verdict there", async () => {
    const cells = log();
    const handle = provide(function* () {
      const { threadId } = process.getBuiltinModule("node:worker_threads");
      try {
        yield threadId;
        Atomics.store(cells, 0, threadId);
      } catch (error) {
        Atomics.store(cells, 1, threadId);
        throw error;
      }
    });
    const user = provide({ handle }, async ({ handle }) => handle);
    const thread = await resolveDependencies({ user }, { pool }, ({ user }) => user);
    expect(thread).toBeGreaterThan(0);
    expect([...cells]).toEqual([thread, 0, 0, 0]);
    const failing = resolveDependencies({ handle }, { pool }, () =>
      Promise.reject(new Error("boom")),
    );
    const error = await rejectionOf(failing);
    expect(failuresOf(error)).toEqual([error]);
    expect(Atomics.load(cells, 1)).toBeGreaterThan(0);
  });

  it("reports a failing teardown with its path", async () => {
    const handle = provide(function* () {
      yield 1;
      throw new Error("cannot close");
    });
    const user = provide({ handle }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ user }, { pool }, () => 1));
    expect(String(error)).toBe("Error: cannot close");
    expect(dependencyPath(error)).toEqual(["user", "handle"]);
  });

  it("must yield once, and something that can travel", async () => {
    const never = provide(function* () {});
    expect(await rejectionOf(resolveDependencies({ never }, { pool }, () => 1))).toMatchObject({
      name: "GeneratorContractError",
      message: expect.stringContaining("`never`"),
    });
    const fn = provide(function* () {
      yield (() => 1) as never;
    });
    expect(await rejectionOf(resolveDependencies({ fn }, { pool }, () => 1))).toMatchObject({
      name: "NotTransferableError",
      path: ["fn", "result"],
    });
  });

  it("is a failure of the teardown if its thread is lost", async () => {
    const handle = provide(function* () {
      yield 1;
      process.exit(1);
    });
    const error = await rejectionOf(resolveDependencies({ handle }, { pool }, () => 1));
    expect(error).toMatchObject({ name: "WorkerLostError" });
    expect(dependencyPath(error)).toEqual(["handle"]);
  });

  it("never brings the pool to a standstill, however many share a few handles", async () => {
    const limit = new CapacityLimiter(5);
    const handle = provide(
      function* () {
        yield 1;
      },
      { limit },
    );
    const work = provide({ handle }, ({ handle }) => handle + 1);
    const values = await Promise.all(
      Array.from({ length: 200 }, () =>
        resolveDependencies({ work }, { pool }, ({ work }) => work),
      ),
    );
    expect(new Set(values)).toEqual(new Set([2]));
  });

  it("needs a pool that can hold it, and says so before anything runs", async () => {
    const handle = provide(function* () {
      yield 1;
    });
    const other: Executor = {
      run: (fn, args, options) => pool.run(fn, args, options),
      statistics: () => pool.statistics(),
      close: () => pool.close(),
    };
    const plain = provide(() => 1);
    const App = lifetime("app");
    const kept = provide.in(App)(function* () {
      yield 1;
    });
    const own = provide(handleOf, { pool: other });
    const refusal = "is a plain generator, which the given `pool` cannot keep";
    await using app = App.open({ pool: other });
    for (const attempt of [
      () => resolveDependencies({ plain, handle }, { pool: other }, () => 1),
      () => openDependencies({ plain, handle }, { pool: other }),
      () => compileDependencies({ handle }).run({ pool: other }, () => 1),
      () => resolveDependencies({ plain, own }, {}, () => 1),
      () => resolveDependencies({ kept }, { within: app, pool }, () => 1),
    ]) {
      expect(attempt).toThrow(TypeError);
      expect(attempt).toThrow(refusal);
    }
    const holding: HoldingExecutor = {
      ...other,
      hold: (fn, args, options) => pool.hold(fn, args, options),
    };
    expect(
      await resolveDependencies({ plain, handle }, { pool: holding }, (values) => ({ ...values })),
    ).toEqual({ plain: 1, handle: 1 });
  });
});

describe("an executor that a provider runs in", () => {
  const failing = (error: Error): Executor => ({
    run: () => Promise.reject(error),
    statistics: () => pool.statistics(),
    close: async () => {},
  });

  it("is told by its provider when it does not support something", async () => {
    const cause = new NotSupportedError("Functions cannot be called from there");
    const plain = provide(() => 1);
    const user = provide({ plain }, async () => 1);
    const error = await rejectionOf(resolveDependencies({ user }, { pool: failing(cause) }));
    expect(error).toBeInstanceOf(NotSupportedError);
    expect((error as Error).message).toMatch(
      /^Provider `user → plain` is a plain function .*\. Functions cannot be called from there\. /,
    );
    expect((error as Error).cause).toBe(cause);
  });

  it("must be able to hold a plain generator also when what was being made elsewhere has failed", async () => {
    const App = lifetime("app");
    const failed = gate();
    const kept = provide.in(App)(
      function* () {
        yield 1;
      },
      { name: "kept" },
    );
    const holding: HoldingExecutor = {
      ...failing(new Error("none")),
      hold: () => failed.passed.then(() => Promise.reject(new Error("no room"))),
    };
    await using app = App.open();
    const first = rejectionOf(
      resolveDependencies({ kept }, { within: app, pool: holding }, () => {}),
    );
    const error = await rejectionOf(
      resolveDependencies(
        { later: lazy(kept) },
        { within: app, pool: failing(new Error("none")) },
        async ({ later }) => {
          failed.open();
          await first;
          await later();
        },
      ),
    );
    expect(await first).toMatchObject({ message: "no room" });
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(
      "is a plain generator, which the given `pool` cannot keep",
    );
  });
});

function* handleOf() {
  yield 1;
}
