import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import {
  defaultThreadpool,
  inline,
  input,
  lifetime,
  outcome,
  provide,
  type ProviderEvent,
  type ProviderTeardownEvent,
  resolveDependencies,
  sleep,
} from "../../lib/index.ts";
import type { ScopeLike } from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const CHANNELS = [
  "tracing:skein:provider:start",
  "tracing:skein:provider:asyncEnd",
  "skein:provider:teardown",
];

type AnyEvent = ProviderEvent & Partial<ProviderTeardownEvent>;

interface Heard {
  /** The part of the channel's name after the last colon, and the event. */
  readonly events: readonly (readonly [string, AnyEvent])[];
}

/** What was published on some channels while `body` ran. */
async function heard(body: () => Promise<unknown>, channels = CHANNELS): Promise<Heard["events"]> {
  const events: [string, AnyEvent][] = [];
  const listeners = channels.map((name) => {
    const listen = (event: unknown): void =>
      void events.push([name.slice(name.lastIndexOf(":") + 1), event as AnyEvent]);
    subscribe(name, listen);
    return () => unsubscribe(name, listen);
  });
  try {
    await body();
  } finally {
    for (const stop of listeners) stop();
  }
  return events;
}

function told(events: Heard["events"]): string[] {
  return events.map(([what, { path }]) => `${what} ${path.join(" → ")}`);
}

function only<T>(events: Heard["events"], what: string, name: string): T {
  const found = events.filter(([kind, event]) => kind === what && event.name === name);
  expect(found).toHaveLength(1);
  return found[0]![1] as T;
}

describe("skein:provider, skein:provider:teardown", () => {
  it("tell of each run of a provider in the order in which it happens", async () => {
    const id = input<number>()("id");
    const db = provide(
      async function* () {
        yield "db";
      },
      { name: "database" },
    );
    const user = provide({ db, id }, async ({ db, id }) => `${id} of ${db}`);
    const events = await heard(() =>
      resolveDependencies({ user }, { inputs: { id: 7 } }, async () => {}),
    );
    expect(told(events)).toEqual([
      "start user → db",
      "asyncEnd user → db",
      "start user",
      "asyncEnd user",
      "teardown user → db",
    ]);
    expect(events[0]![1]).toMatchObject({ name: "database", kind: "async-generator" });
    expect(events[1]![1]).toMatchObject({ name: "database", status: "fulfilled" });
    expect(events[2]![1]).toMatchObject({ name: "user", kind: "async", lifetime: undefined });
    expect(events[4]![1]).toMatchObject({ name: "database", verdict: "success" });
  });

  it("tell of values that are all there at once", async () => {
    const db = inline(() => "db");
    const user = inline({ db }, ({ db }) => `user of ${db}`);
    let resolved: object | undefined;
    const events = await heard(async () => {
      resolved = { ...(await resolveDependencies({ user })) };
    });
    expect(told(events)).toEqual([
      "start user → db",
      "asyncEnd user → db",
      "start user",
      "asyncEnd user",
    ]);
    expect(resolved).toEqual({ user: "user of db" });
  });

  it("carry one scope for one run, the one that the provider gets", async () => {
    const seen = new Set<unknown>();
    const one = provide(async function* (_deps, context) {
      seen.add(context.scope);
      yield 1;
    });
    const events = await heard(() => resolveDependencies({ one }, {}, () => {}));
    for (const [, { scope }] of events) seen.add(scope);
    expect(events).toHaveLength(3);
    expect(seen.size).toBe(1);
  });

  it("measure the setup, with what it waits for its limit, and the teardown", async () => {
    await withVirtualClock(async () => {
      const open = { release(): void {} };
      const limit = { acquire: (scope?: ScopeLike) => sleep(30, scope).then(() => open) };
      const slow = provide(
        async function* (_deps, context) {
          await sleep(20, context);
          yield 1;
          await sleep(7);
        },
        { limit, name: "slow" },
      );
      const events = await heard(() => resolveDependencies({ slow }, {}, () => sleep(500)));
      expect(only<ProviderEvent>(events, "asyncEnd", "slow").durationMs).toBeCloseTo(50);
      expect(only<ProviderTeardownEvent>(events, "teardown", "slow").durationMs).toBeCloseTo(7);
    });
  });

  it("tell failures from cancellations, and what they failed with", async () => {
    const error = new Error("no");
    const cancelled = provide(async (_deps, context) => sleep(60_000, context));
    const guarded = outcome(
      provide(async (_deps, context) => sleep(60_000, context), { timeoutMs: 1, name: "late" }),
    );
    const failing = provide({ guarded }, async () => {
      throw error;
    });
    const events = await heard(() =>
      rejectionOf(resolveDependencies({ cancelled, failing, guarded })),
    );
    expect(only<ProviderEvent>(events, "asyncEnd", "late")).toMatchObject({
      status: "rejected",
      error: { name: "TimeoutError" },
    });
    expect(only(events, "asyncEnd", "failing")).toMatchObject({ status: "rejected", error });
    const stopped = only<ProviderEvent>(events, "asyncEnd", "cancelled");
    expect(stopped.status).toBe("cancelled");
    expect(stopped).not.toHaveProperty("error");
  });

  it("tell what a teardown was told and what it failed with", async () => {
    const error = new Error("body");
    const mishap = new Error("teardown");
    const passes = provide(async function* () {
      yield 1;
    });
    const fails = inline({ passes }, function* () {
      try {
        yield 2;
      } catch {
        throw mishap;
      }
    });
    const events = await heard(() =>
      rejectionOf(
        resolveDependencies({ fails }, {}, () => {
          throw error;
        }),
      ),
    );
    expect(only(events, "teardown", "fails")).toMatchObject({ verdict: "failure", error: mishap });
    const passed = only<ProviderTeardownEvent>(events, "teardown", "passes");
    expect(passed.verdict).toBe("failure");
    expect(passed).not.toHaveProperty("error");
  });

  it("tell of a value that lives in a lifetime once, where it is made and torn down", async () => {
    const App = lifetime("app");
    const pool = provide.in(App)(async function* () {
      yield "pool";
    });
    const page = provide({ pool }, async ({ pool }) => pool);
    const app = App.open();
    const events = await heard(async () => {
      await resolveDependencies({ page }, { within: app });
      await resolveDependencies({ page }, { within: app });
      await app.close();
    });
    expect(told(events)).toEqual([
      "start page → pool",
      "asyncEnd page → pool",
      "start page",
      "asyncEnd page",
      "start page",
      "asyncEnd page",
      "teardown page → pool",
    ]);
    expect(events[0]![1]).toMatchObject({ lifetime: "app" });
  });

  it("have the scope that the calls into threads of a plain provider are made under", async () => {
    const plain = provide(() => 1);
    const nested = provide(async (_deps, context) =>
      defaultThreadpool().run(() => 2, [], { scope: context.scope }),
    );
    const events = await heard(
      () => resolveDependencies({ plain, nested }),
      [...CHANNELS, "tracing:skein:thread:start"],
    );
    const started = events.filter(([kind]) => kind === "start").map(([, event]) => event);
    const setups = started.filter((event) => "path" in event);
    const calls = started.filter((event) => !("path" in event));
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map(({ scope }) => scope))).toEqual(
      new Set(setups.map(({ scope }) => scope)),
    );
  });

  it("are the same with one subscriber to the end as with all", async () => {
    const one = provide(async () => 1);
    const events = await heard(
      () => resolveDependencies({ one }),
      ["tracing:skein:provider:asyncEnd"],
    );
    expect(told(events)).toEqual(["asyncEnd one"]);
  });

  it("are not told of what began before anybody listened", async () => {
    let finish = (): void => {};
    const waits = new Promise<void>((resolve) => (finish = resolve));
    const early = provide(async function* () {
      await waits;
      yield 1;
    });
    const resolution = resolveDependencies({ early }, {}, () => {});
    const events = await heard(async () => {
      finish();
      await resolution;
    });
    expect(events).toEqual([]);
  });

  it("are not told of the failure of what began before anybody listened", async () => {
    let fail = (_error: Error): void => {};
    const waits = new Promise<never>((_resolve, reject) => (fail = reject));
    const resolution = rejectionOf(
      resolveDependencies({ early: provide(async () => await waits) }),
    );
    const error = new Error("failed");
    const slow = gate();
    const events = await heard(async () => {
      const late = resolveDependencies({ late: provide(async () => await slow.passed) });
      fail(error);
      expect(await resolution).toBe(error);
      slow.open();
      await late;
    });
    expect(told(events)).toContain("start late");
    expect(told(events).filter((event) => event.includes("early"))).toEqual([]);
  });
});
