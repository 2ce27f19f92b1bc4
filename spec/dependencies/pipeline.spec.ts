import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import {
  CapacityLimiter,
  type Executor,
  dependencyPath,
  inline,
  input,
  lifetime,
  outcome,
  provide,
  type Provider,
  type ProviderSettleEvent,
  resolveDependencies,
  Threadpool,
} from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** One thread, so that what a provider leaves in it can be asked for afterwards. */
const limiter = new CapacityLimiter(1);
const pool = new Threadpool({ maxThreads: 1, limiter });
afterAll(() => pool.close());

/** Shared memory: 0 says what to do, 1 and above count who has run. */
const cells = input<Int32Array>()("cells");
type Values = Readonly<Record<string, unknown>>;

function newCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(32));
}

/** Three plain providers in a row, of which each leaves word in the cells that go from hand to hand. */
function chainOfThree() {
  const a = provide({ cells }, ({ cells }) => {
    Atomics.add(cells, 1, 1);
    Atomics.notify(cells, 1);
    return { cells, trace: ["a"] };
  });
  const b = provide({ a }, ({ a }) => {
    Atomics.add(a.cells, 2, 1);
    Atomics.notify(a.cells, 2);
    while (Atomics.load(a.cells, 0) === 1) Atomics.wait(a.cells, 3, 0, 10);
    return { cells: a.cells, trace: [...a.trace, "b"] };
  });
  const c = provide({ b }, ({ b }) => {
    Atomics.add(b.cells, 4, 1);
    Atomics.notify(b.cells, 4);
    return [...b.trace, "c"];
  });
  return { a, b, c };
}

/** Runs until the functions are known to be tiny, and to be sent ahead. */
async function inUse(run: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 40; i++) await run();
}

/** Lets this thread go on until all messages to threads have been sent; none from them is read. */
async function sent(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** Blocks this thread until a cell is no longer 0; false if that takes too long. */
function blockUntil(shared: Int32Array, cell: number, ms = 5_000): boolean {
  return Atomics.wait(shared, cell, 0, ms) !== "timed-out";
}

/** What was told of providers while `body` ran. */
async function told(body: () => Promise<unknown>): Promise<string[]> {
  const events: string[] = [];
  const listen = (event: unknown, name: string | symbol): void => {
    const { path, status } = event as Partial<ProviderSettleEvent>;
    events.push(`${String(name).split(":").at(-1)} ${path?.at(-1)} ${status ?? ""}`.trim());
  };
  const channels = ["start", "settle", "teardown"].map((name) => `skein:provider:${name}`);
  for (const name of channels) subscribe(name, listen);
  try {
    await body();
  } finally {
    for (const name of channels) unsubscribe(name, listen);
  }
  return events;
}

/** What a provider has left in the thread. */
function left(): Promise<string | undefined> {
  return pool.run(() => {
    const state = globalThis as { left?: string };
    const was = state.left;
    delete state.left;
    return was;
  }, []);
}

describe("a plain provider whose only pending dependency is a plain provider", () => {
  it("is sent right behind that, and runs without a turn of the main thread", async () => {
    const { c } = chainOfThree();
    const run = (shared: Int32Array) =>
      resolveDependencies({ c }, { inputs: { cells: shared }, pool });
    let wasAhead = false;
    for (let i = 0; i < 50 && !wasAhead; i++) {
      await inUse(() => run(newCells()));
      const shared = newCells();
      const running = run(shared);
      await sent();
      wasAhead = blockUntil(shared, 4, 200);
      expect(await running).toEqual({ c: ["a", "b", "c"] });
    }
    expect(wasAhead).toBe(true);
  });

  it("runs once, however often it is resolved", async () => {
    const { c } = chainOfThree();
    const shared = newCells();
    await inUse(() => resolveDependencies({ c }, { inputs: { cells: shared }, pool }));
    expect([...shared.subarray(1, 5)]).toEqual([40, 40, 0, 40]);
  });

  it("gets a copy of the value, never the object that the thread still has", async () => {
    const a = provide(() => ((globalThis as { kept?: object }).kept = { list: [1] }));
    const b = provide({ a }, ({ a }) => (globalThis as { kept?: object }).kept === a);
    await inUse(async () => {
      expect(await resolveDependencies({ b }, { pool })).toEqual({ b: false });
    });
  });

  it.each<[string, () => unknown, (values: Values) => unknown, unknown]>([
    ["a Buffer", () => Buffer.from("ab"), ({ a }) => (a as Buffer).toString("hex"), "6162"],
    [
      "a date in a map",
      () => new Map([[1, new Date(5)]]),
      ({ a }) => a,
      new Map([[1, new Date(5)]]),
    ],
    ["no prototype", () => Object.create(null), ({ a }) => Object.getPrototypeOf(a), null],
    ["undefined", () => undefined, (values) => Object.entries(values), [["a", undefined]]],
    ["an error", () => new RangeError("far"), ({ a }) => String(a), "RangeError: far"],
    ["a symbol", () => Symbol.for("x"), ({ a }) => Symbol.keyFor(a as symbol), "x"],
  ])("gets %s as it would from the main thread", async (_, make, look, expected) => {
    const a = provide(make as () => string);
    const b = provide({ a }, look as (values: object) => string);
    await inUse(async () => {
      expect(await resolveDependencies({ b }, { pool })).toEqual({ b: expected });
    });
  });

  it("gets memory that was moved to the main thread", async () => {
    const skein = input<string>()("skein");
    const a = provide({ skein }, ({ skein }): ArrayBuffer | Promise<ArrayBuffer> => {
      const state = globalThis as { transfer?: (memory: ArrayBuffer) => ArrayBuffer };
      const memory = new Uint8Array([1, 2, 3]).buffer;
      if (state.transfer !== undefined) return state.transfer(memory);
      return import(skein).then(({ transfer }) => (state.transfer = transfer)(memory));
    });
    const inputs = { skein: new URL("../../dist/index.js", import.meta.url).href };
    const b = provide({ a }, ({ a }) => new Uint8Array(a).join());
    await inUse(async () => {
      expect(await resolveDependencies({ b }, { pool, inputs })).toEqual({ b: "1,2,3" });
    });
  });

  it("gets what else it depends on, in the order of its keys", async () => {
    const word = input<string>()("word");
    const a = provide(() => 1);
    const b = provide({ word, a, __proto__: a } as { word: typeof word; a: typeof a }, (values) =>
      Object.entries(values).join(" "),
    );
    await inUse(async () => {
      expect(await resolveDependencies({ b }, { pool, inputs: { word: "w" } })).toEqual({
        b: "word,w a,1",
      });
    });
  });

  it("never starts when that fails, and is told of nowhere", async () => {
    const fails = input<boolean>()("fails");
    const a = provide({ fails }, ({ fails }) => ({ fails }));
    const b = provide({ a }, ({ a }) => {
      if (a.fails) throw new RangeError("b");
      return 1;
    });
    const c = provide({ b }, ({ b }) => {
      (globalThis as { left?: string }).left = `c after ${b}`;
      return b;
    });
    const run = (fails: boolean) => resolveDependencies({ c }, { pool, inputs: { fails } });
    await inUse(() => run(false));
    expect(await left()).toBe("c after 1");
    const events = await told(async () => {
      const error = await rejectionOf(run(true));
      expect(String(error)).toBe("RangeError: b");
      expect(dependencyPath(error)).toEqual(["c", "b"]);
    });
    expect(events).toEqual(["start a", "settle a fulfilled", "start b", "settle b rejected"]);
    expect(await left()).toBeUndefined();
    expect(await run(false)).toEqual({ c: 1 });
  });

  it("never starts when the value of that cannot travel, whose provider is named", async () => {
    const bad = input<boolean>()("bad");
    const a = provide({ bad }, ({ bad }) => ({ bad }));
    const b = provide({ a }, ({ a }) => ({ it: a.bad ? (((): void => {}) as never) : 1 }));
    const c = provide({ b }, ({ b }) => {
      (globalThis as { left?: string }).left = "c";
      return b.it;
    });
    const run = (bad: boolean) => resolveDependencies({ c }, { pool, inputs: { bad } });
    await inUse(() => run(false));
    await left();
    const error = await rejectionOf(run(true));
    expect(error).toMatchObject({ name: "NotTransferableError", path: ["c", "b", "result", "it"] });
    expect(await left()).toBeUndefined();
  });

  it("starts and settles in the order of the chain", async () => {
    const { c } = chainOfThree();
    const run = () => resolveDependencies({ c }, { pool, inputs: { cells: newCells() } });
    await inUse(run);
    expect(await told(run)).toEqual(
      ["a", "b", "c"].flatMap((name) => [`start ${name}`, `settle ${name} fulfilled`]),
    );
  });

  it("is cancelled, and told of, if it has begun when the resolution is", async () => {
    const { c } = chainOfThree();
    const reason = new Error("enough");
    await inUse(() => resolveDependencies({ c }, { pool, inputs: { cells: newCells() } }));
    const controller = new AbortController();
    const shared = newCells();
    shared[0] = 1;
    const events = await told(async () => {
      const running = resolveDependencies(
        { c },
        { pool, inputs: { cells: shared }, signal: controller.signal },
      );
      await sent();
      expect(blockUntil(shared, 2)).toBe(true);
      controller.abort(reason);
      expect(await rejectionOf(running)).toBe(reason);
    });
    expect(events).toEqual(["start a", "settle a fulfilled", "start b", "settle b cancelled"]);
    expect(Atomics.load(shared, 4)).toBe(0);
    await vi.waitFor(() => expect(limiter.statistics().used).toBe(0));
    expect(await resolveDependencies({ c }, { pool, inputs: { cells: newCells() } })).toEqual({
      c: ["a", "b", "c"],
    });
  });

  it("is taken back if it has not begun when the resolution is cancelled", async () => {
    const a = provide({ cells }, ({ cells }) => {
      // It has asked once: so it is given time to end.
      checkCancelled();
      Atomics.add(cells, 1, 1);
      Atomics.notify(cells, 1);
      try {
        while (Atomics.load(cells, 0) === 1) checkCancelled();
      } catch {
        // It ends with a value all the same.
      }
      return 1;
    });
    const b = provide({ a }, ({ a }) => {
      (globalThis as { left?: string }).left = "b";
      return a;
    });
    const run = (shared: Int32Array, signal?: AbortSignal) =>
      resolveDependencies({ b }, { pool, inputs: { cells: shared }, signal });
    await inUse(() => run(newCells()));
    expect(await left()).toBe("b");
    const shared = newCells();
    shared[0] = 1;
    const controller = new AbortController();
    const events = await told(async () => {
      const running = run(shared, controller.signal);
      await sent();
      expect(blockUntil(shared, 1)).toBe(true);
      controller.abort(new Error("enough"));
      expect(await rejectionOf(running)).toBe(controller.signal.reason);
    });
    expect(events).toEqual(["start a", "settle a fulfilled"]);
    expect(await left()).toBeUndefined();
  });

  it("waits for its own limit", async () => {
    const one = new CapacityLimiter(1);
    const a = provide(() => 1);
    const b = provide(
      { a },
      ({ a }) => {
        (globalThis as { left?: string }).left = "b";
        return a;
      },
      { limit: one },
    );
    await inUse(() => resolveDependencies({ b }, { pool }));
    await left();
    const permit = await one.acquire();
    const running = resolveDependencies({ b }, { pool });
    await vi.waitFor(() => expect(one.statistics().waiting).toBe(1));
    expect(await left()).toBeUndefined();
    permit.release();
    expect(await running).toEqual({ b: 1 });
    expect(await left()).toBe("b");
  });

  it("lives in a lifetime, is shared and fails as data as ever", async () => {
    const App = lifetime("app");
    const a = provide.in(App)(() => 1);
    const b = provide.in(App)({ a }, ({ a }) => a + 1);
    const c = provide({ b }, ({ b }) => b + 1);
    const d = provide({ c }, ({ c }): number => {
      throw new Error(`d ${c}`);
    });
    await inUse(async () => {
      await using app = App.open();
      const values = await resolveDependencies({ c, d: outcome(d) }, { pool, within: app });
      expect(values).toMatchObject({ c: 3, d: { done: false, reason: { message: "d 3" } } });
    });
  });

  it("is followed by the teardown in reverse order, with the verdict", async () => {
    const log: string[] = [];
    const fails = input<boolean>()("fails");
    const res = (name: string) =>
      provide(async function* () {
        try {
          yield 1;
          log.push(`${name} ended`);
        } catch (error) {
          log.push(`${name} ${String(error)}`);
          throw error;
        }
      });
    const first = res("first");
    const second = res("second");
    const a = provide({ first, second, fails }, ({ fails }) => ({ fails }));
    const b = provide({ a }, ({ a }) => {
      if (a.fails) throw new Error("b");
      return 2;
    });
    const c = provide({ b }, ({ b }) => b + 1);
    const run = (fails: boolean) =>
      resolveDependencies({ c }, { pool, inputs: { fails } }, () => 1);
    await inUse(() => run(false));
    log.length = 0;
    await run(false);
    await rejectionOf(run(true));
    expect(log).toEqual(["second ended", "first ended", "second Error: b", "first Error: b"]);
  });

  it("leaves nothing behind when its thread ends under it", async () => {
    const exits = input<boolean>()("exits");
    const a = provide({ exits }, ({ exits }) => ({ exits }));
    const b = provide({ a }, ({ a }) => {
      if (a.exits) process.exit(3);
      return 1;
    });
    const c = provide({ b }, ({ b }) => b + 1);
    const run = (exits: boolean) => resolveDependencies({ c }, { pool, inputs: { exits } });
    await inUse(() => run(false));
    const error = await rejectionOf(run(true));
    expect(error).toMatchObject({ name: "WorkerExitedError", exitCode: 3 });
    expect(dependencyPath(error)).toEqual(["c", "b"]);
    expect(await run(false)).toEqual({ c: 2 });
    expect(pool.statistics()).toMatchObject({ running: 0, queued: 0 });
    await vi.waitFor(() => expect(limiter.statistics().used).toBe(0));
  });

  it("comes with its own calls into threads, each told of once", async () => {
    const { c } = chainOfThree();
    const run = () => resolveDependencies({ c }, { pool, inputs: { cells: newCells() } });
    await inUse(run);
    const calls: string[] = [];
    const listen = (event: unknown, name: string | symbol): void => {
      calls.push(`${String(name).split(":").at(-1)} ${(event as { name: string }).name}`);
    };
    for (const name of ["offload", "settle"]) subscribe(`skein:thread:${name}`, listen);
    const before = pool.statistics().completed;
    await run();
    for (const name of ["offload", "settle"]) unsubscribe(`skein:thread:${name}`, listen);
    expect(calls).toEqual(["a", "b", "c"].flatMap((name) => [`offload ${name}`, `settle ${name}`]));
    expect(pool.statistics().completed - before).toBe(3);
  });
});

/** The same pool for the resolver, but one that it knows nothing about. */
const plain: Executor = {
  run: (fn, args, options) => pool.run(fn, args, options),
  iterate: (fn, args, options) => pool.iterate(fn, args, options),
  statistics: () => pool.statistics(),
  close: () => pool.close(),
};

interface Shape {
  readonly deps: readonly number[];
  readonly after: number | undefined;
  readonly kind: "add" | "list" | "buffer" | "fail" | "send a function" | "inline";
  readonly isLimited: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  deps: fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }),
  after: fc.option(fc.nat(7), { nil: undefined, freq: 6 }),
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("add" as const, "list" as const) },
    fc.constantFrom(
      "buffer" as const,
      "fail" as const,
      "send a function" as const,
      "inline" as const,
    ),
  ),
  isLimited: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const one = new CapacityLimiter(1);
const functions = {
  add: (values: Values) => Object.values(values).join("+") + 1,
  list: (values: Values) => ({ list: Object.entries(values) }),
  buffer: (values: Values) => Buffer.from(Object.keys(values).join("")),
  fail: (values: Values) => {
    throw new Error(`failed with ${JSON.stringify(values)}`);
  },
  "send a function": (values: Values) => ({ values, bad: () => 1 }),
};

function graphOf(shapes: readonly Shape[]) {
  const made: Provider<unknown, never>[] = [];
  shapes.forEach(({ deps, after, kind, isLimited }, i) => {
    const record: Record<string, Provider<unknown, never>> = {};
    // Mostly the one before, so that there are chains.
    for (const back of deps) if (i > back) record[`d${i - 1 - back}`] = made[i - 1 - back]!;
    const options = {
      name: `n${i}`,
      after: after === undefined || after >= i ? [] : [made[after]!],
      ...(isLimited ? { limit: one } : {}),
    };
    made.push(
      kind === "inline"
        ? inline(record, (values: Values) => Object.values(values).length, options)
        : (provide(record, functions[kind] as (values: Values) => string, options) as never),
    );
  });
  return made.at(-1)!;
}

describe("graphs of plain providers", () => {
  it("come to the same whether calls are sent ahead or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 2, maxLength: 8 }), async (shapes) => {
        const last = graphOf(shapes);
        const outcomes = [];
        for (const executor of [plain, pool, pool]) {
          const run = resolveDependencies({ last }, { pool: executor, concurrency: Infinity });
          outcomes.push(
            await run.then(
              (values) => values,
              (error: Error) => [error.name, error.message, dependencyPath(error)],
            ),
          );
        }
        expect(outcomes[1]).toEqual(outcomes[0]);
        expect(outcomes[2]).toEqual(outcomes[0]);
        await vi.waitFor(() => expect(limiter.statistics().used + one.statistics().used).toBe(0));
      }),
      { numRuns: 150 },
    );
  });
});
