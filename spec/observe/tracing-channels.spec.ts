import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  callback,
  cancelScope,
  CapacityLimiter,
  defaultThreadpool,
  inline,
  type LimiterEvent,
  type OperationOutcome,
  provide,
  resolveDependencies,
  runInThreadpool,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

type Kind = "task" | "provider" | "thread";
type Step = "start" | "end" | "asyncStart" | "asyncEnd" | "error";
interface Operation extends OperationOutcome {
  readonly name: string;
}

const STEPS: readonly Step[] = ["start", "end", "asyncStart", "asyncEnd", "error"];
const KINDS: readonly Kind[] = ["task", "provider", "thread"];
const current = new AsyncLocalStorage<string>();
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** What is heard of the operations of one kind: each step with its object. */
function hear(kind: Kind, steps: readonly Step[] = STEPS): [Step, Operation][] {
  const heard: [Step, Operation][] = [];
  const tracing = tracingChannel<unknown, Operation>(`skein:${kind}`);
  for (const step of steps) {
    const listen = (event: unknown): void => void heard.push([step, event as Operation]);
    tracing[step].subscribe(listen);
    stops.push(() => tracing[step].unsubscribe(listen));
  }
  return heard;
}

/** Does as a tool that makes spans: gives the way to each operation, from the outermost that it was begun in. */
function traceWays(): Map<string, string> {
  const ways = new Map<string, string>();
  for (const kind of KINDS) {
    const { start } = tracingChannel<string, Operation>(`skein:${kind}`);
    start.bindStore(current, ({ name }) => {
      const outer = current.getStore();
      const way = outer === undefined ? name : `${outer} > ${name}`;
      ways.set(name, way);
      return way;
    });
    stops.push(() => start.unbindStore(current));
  }
  return ways;
}

const ended = (heard: readonly [Step, Operation][]): (readonly unknown[])[] =>
  heard
    .filter(([step]) => step === "asyncEnd")
    .map(([, { name, status, result, error }]) => [name, status, result ?? error])
    .toSorted(([a], [b]) => String(a).localeCompare(String(b)));

describe("tracingChannel", () => {
  it.each<[Kind, (name: string) => Promise<unknown>]>([
    ["task", (name) => taskGroup((group) => void group.spawn(() => 7, { name }))],
    ["provider", (name) => resolveDependencies({ it: provide(async () => 7, { name }) })],
    ["provider", (name) => resolveDependencies({ it: inline(() => 7, { name }) })],
    ["provider", (name) => resolveDependencies({ it: provide(() => 7, { name }) })],
    ["thread", (name) => defaultThreadpool().run(() => 7, [], { name })],
  ])("tells of a %s in four steps, each once, with one object", async (kind, run) => {
    const heard = hear(kind);
    await run("it");
    expect(heard.map(([step]) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(new Set(heard.map(([, event]) => event)).size).toBe(1);
    expect(heard[0]![1]).toMatchObject({ name: "it", status: "fulfilled", result: 7 });
    expect(heard[0]![1].durationMs).toBeGreaterThanOrEqual(0);
  });

  it("has nothing of the end in its object before the end", async () => {
    const seen: string[][] = [];
    for (const kind of KINDS) {
      const { start } = tracingChannel<unknown, Operation>(`skein:${kind}`);
      const listen = (event: unknown): void => void seen.push(Object.keys(event as object));
      start.subscribe(listen);
      stops.push(() => start.unsubscribe(listen));
    }
    await taskGroup(
      (group) => void group.spawn(() => resolveDependencies({ a: provide(() => 1) })),
    );
    expect(seen).toHaveLength(3);
    expect(seen.flat()).not.toEqual(expect.arrayContaining(["status"]));
  });

  it("tells failures by `error` before the end, and cancellations not as failures", async () => {
    const error = new Error("no");
    const fails = (): never => {
      throw new Error("no");
    };
    const forever = (): never => {
      for (;;);
    };
    const [tasks, providers, threads] = KINDS.map((kind) => hear(kind)) as [Told, Told, Told];
    await taskGroup(
      (group) => {
        group.spawn(() => Promise.reject(error), { name: "fails" });
        group.spawn((task) => sleep(60_000, task), { name: "late", timeoutMs: 1 });
        group.spawn((task) => sleep(60_000, task), { name: "sleeps" }).cancel();
      },
      { policy: "supervise" },
    ).catch(() => {});
    await rejectionOf(
      resolveDependencies({
        sleeps: provide(async (_, { scope }) => sleep(60_000, scope)),
        fails: provide(async () => Promise.reject(error)),
      }),
    );
    await cancelScope(async (scope) => {
      const pool = defaultThreadpool();
      await rejectionOf(pool.run(fails, [], { scope, name: "fails" }));
      await rejectionOf(pool.run(forever, [], { scope, name: "late", timeoutMs: 1 }));
      const call = rejectionOf(pool.run(forever, [], { scope, name: "sleeps" }));
      scope.cancel();
      await call;
    });
    const late = expect.objectContaining({ name: "TimeoutError" });
    const cancelled = ["sleeps", "cancelled", undefined];
    expect(ended(tasks)).toEqual([
      ["fails", "rejected", error],
      ["late", "rejected", late],
      cancelled,
    ]);
    expect(ended(providers)).toEqual([["fails", "rejected", error], cancelled]);
    expect(ended(threads)).toEqual([
      ["fails", "rejected", error],
      ["late", "rejected", late],
      cancelled,
    ]);
    for (const heard of [tasks, providers, threads]) {
      const steps = heard.filter(([, { name }]) => name === "fails").map(([step]) => step);
      expect(steps).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
      const failed = heard.filter(([step]) => step === "error").map(([, { name }]) => name);
      expect(failed).not.toContain("sleeps");
    }
  });

  it("tells of a task that was cancelled before its function was called", async () => {
    const heard = hear("task");
    await taskGroup((group) => {
      group.spawn(() => sleep(60_000), { name: "never" }).cancel();
    });
    expect(heard.map(([step, { status }]) => [step, status])).toEqual(
      ["start", "end", "asyncStart", "asyncEnd"].map((step) => [step, "cancelled"]),
    );
  });

  it.each(STEPS.filter((step) => step !== "error"))(
    "tells of %s also if that is all that somebody listens to",
    async (step) => {
      const heard = KINDS.flatMap((kind) => [hear(kind, [step])]);
      await taskGroup(
        (group) => void group.spawn(() => resolveDependencies({ a: provide(() => 1) })),
      );
      expect(heard.map((events) => events.map(([what]) => what))).toEqual([[step], [step], [step]]);
    },
  );

  it("leaves everything as it is when a subscriber throws", async () => {
    const { start } = tracingChannel<unknown, Operation>("skein:task");
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    const error = new Error("of the subscriber");
    const listen = (): never => {
      throw error;
    };
    const others = process.listeners("uncaughtException").slice(0, -1);
    for (const other of others) process.off("uncaughtException", other);
    start.subscribe(listen);
    stops.push(() => start.unsubscribe(listen));
    expect(await taskGroup((group) => group.spawn(() => 7))).toBe(7);
    expect(await thrown).toBe(error);
    for (const other of others) process.on("uncaughtException", other);
  });
});

type Told = [Step, Operation][];

describe("stores that are bound to `start`", () => {
  it("are in force in the operation and nowhere else, so that each has the parent it was asked for by", async () => {
    const ways = traceWays();
    const seen = new Map<string, unknown>();
    const note = (name: string): void => void seen.set(name, current.getStore());
    const first = provide(
      async (_deps, { scope }) => {
        note("first");
        await sleep(1, scope);
        note("first, later");
        return 1;
      },
      { name: "first" },
    );
    const second = inline(
      { first },
      function* () {
        note("second");
        yield 2;
        note("second, teardown");
      },
      { name: "second" },
    );
    const third = provide({ second }, (_deps: object) => 3, { name: "third" });
    await current.run("request", () =>
      taskGroup(async (group) => {
        group.spawn(
          async (task) => {
            note("one");
            await resolveDependencies({ third }, { scope: task }, () => note("body"));
            note("one, later");
          },
          { name: "one" },
        );
        await sleep(1, group);
        note("beside");
      }),
    );
    expect(Object.fromEntries(ways)).toEqual({
      one: "request > one",
      first: "request > one > first",
      second: "request > one > second",
      // The call in the thread has the name of its provider.
      third: "request > one > third > third",
    });
    expect(Object.fromEntries(seen)).toEqual({
      beside: "request",
      body: "request > one",
      first: "request > one > first",
      "first, later": "request > one > first",
      one: "request > one",
      "one, later": "request > one",
      second: "request > one > second",
      "second, teardown": "request > one",
    });
  });

  it("are those of the spawn for a task that has waited for its turn", async () => {
    traceWays();
    const seen: unknown[] = [];
    for (const concurrency of [1, new CapacityLimiter(1)]) {
      const open = latch();
      await taskGroup(
        (group) => {
          group.spawn(() => open.promise, { name: "first" });
          current.run("spawner", () => {
            group.spawn(() => seen.push(current.getStore()), { name: "second" });
          });
          setImmediate(() => open.open());
        },
        { concurrency },
      );
    }
    expect(seen).toEqual(["spawner > second", "spawner > second"]);
  });

  it("are those of the provider that has waited for its limit", async () => {
    const heard = hear("provider");
    traceWays();
    const limit = new CapacityLimiter(1);
    const held = await limit.acquire();
    const seen: unknown[] = [];
    const waits = provide(async () => void seen.push(current.getStore()), { limit, name: "waits" });
    const after = provide({ waits }, async () => void seen.push(current.getStore()), {
      name: "after",
    });
    const resolution = current.run("caller", () => resolveDependencies({ after }));
    await sleep(1);
    expect(heard.map(([step, { name }]) => [step, name])).toEqual([
      ["start", "waits"],
      ["end", "waits"],
    ]);
    held.release();
    await resolution;
    expect(seen).toEqual(["caller > waits", "caller > after"]);
  });

  it("are in force in a query that runs only when it is awaited", async () => {
    traceWays();
    const seen: unknown[] = [];
    const query = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is what this is about
      then: (settle: (row: string) => void) => settle(`row ${seen.push(current.getStore())}`),
    };
    const returned = inline(() => query as PromiseLike<string>, { name: "returned" });
    const yielded = inline(
      function* () {
        yield query as PromiseLike<string>;
      },
      { name: "yielded" },
    );
    await current.run("caller", () =>
      resolveDependencies({ returned, yielded }, {}, (values) => {
        expect({ ...values }).toEqual({ returned: "row 1", yielded: "row 2" });
      }),
    );
    expect(seen).toEqual(["caller > returned", "caller > yielded"]);
  });

  it("are in force in the callbacks of a call in a thread, and where its progress is told", async () => {
    traceWays();
    const seen: unknown[] = [];
    const note = callback(() => void seen.push(current.getStore()));
    const calls = (note: () => void): void => note();
    await current.run("caller", () => runInThreadpool(calls, note));
    await current.run("caller", () => runInThreadpool(calls, note));
    expect(seen).toEqual(["caller > calls", "caller > calls"]);
  });
});

describe("skein:limiter:create", () => {
  it("tells whoever has listened since before the import of the limiters that somebody makes, and of no other", async () => {
    const heard: unknown[] = [];
    const listen = (event: unknown): void => void heard.push((event as LimiterEvent).limiter);
    subscribe("skein:limiter:create", listen);
    stops.push(() => unsubscribe("skein:limiter:create", listen));
    vi.resetModules();
    const skein = await import("../../lib/index.ts");
    const made = [
      new skein.CapacityLimiter(1),
      new skein.RateLimiter({ limit: 1, perMs: 1 }),
      new skein.Semaphore(1),
    ];
    expect(heard).toEqual(made);
  });
});
