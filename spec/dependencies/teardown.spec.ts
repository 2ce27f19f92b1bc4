import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  dependencyPath,
  failuresOf,
  fresh,
  inline,
  openDependencies,
  outcome,
  provide,
  type Provider,
  resolveDependencies,
} from "../../lib/index.ts";
import { pendingTimers } from "../../lib/scope/timers.ts";
import { gate } from "../support/gate.ts";
import { rejectionOf } from "../support/rejection-of.ts";

type Deps = Record<string, Provider<unknown, never>>;

function logged(log: string[], name: string, deps: Deps = {}): Provider<string, never> {
  return provide(deps, async function* () {
    try {
      yield name;
      log.push(`${name}: success`);
    } catch (error) {
      log.push(`${name}: ${String(error)}`);
      throw error;
    } finally {
      log.push(`${name}: end`);
    }
  });
}

describe("teardown", () => {
  it("comes after the body, dependents first, whoever was ready first", async () => {
    const log: string[] = [];
    const slow = gate();
    const first = provide({ gate: provide(async () => slow.passed) }, async function* () {
      yield "first";
      log.push("first");
    });
    const second = provide(async function* () {
      slow.open();
      yield "second";
      log.push("second");
    });
    const user = provide({ first, second }, async function* ({ first, second }) {
      yield `${first} ${second}`;
      log.push("user");
    });
    await resolveDependencies({ user }, {}, ({ user }) => log.push(`body: ${user}`));
    expect(log).toEqual(["body: first second", "user", "second", "first"]);
  });

  it("awaits each before the next", async () => {
    const log: string[] = [];
    const slow = (name: string): Provider<void, never> =>
      provide(async function* () {
        yield;
        log.push(`${name} {`);
        await new Promise(setImmediate);
        log.push(`} ${name}`);
      });
    await resolveDependencies({ a: slow("a"), b: slow("b") }, {}, () => {});
    expect(log).toEqual(["b {", "} b", "a {", "} a"]);
  });

  it("throws the body's error at every `yield`, and rejects with it", async () => {
    const log: string[] = [];
    const outer = logged(log, "outer");
    const inner = logged(log, "inner", { outer });
    const error = new Error("boom");
    const resolution = resolveDependencies({ inner }, {}, () => {
      throw error;
    });
    expect(await rejectionOf(resolution)).toBe(error);
    expect(failuresOf(error)).toEqual([error]);
    expect(dependencyPath(error)).toBeUndefined();
    expect(log).toEqual(["inner: Error: boom", "inner: end", "outer: Error: boom", "outer: end"]);
  });

  it("lets a generator swallow the error for itself alone", async () => {
    const log: string[] = [];
    const outer = logged(log, "outer");
    const inner = provide({ outer }, async function* () {
      try {
        yield 1;
      } catch {
        log.push("inner: swallowed");
      }
    });
    const resolution = resolveDependencies({ inner }, {}, () => Promise.reject(new Error("boom")));
    await expect(resolution).rejects.toThrow("boom");
    expect(log).toEqual(["inner: swallowed", "outer: Error: boom", "outer: end"]);
  });

  it("goes on after a failure, reports all, and lets no dependency commit after it", async () => {
    const log: string[] = [];
    const outer = logged(log, "outer");
    const failing = (name: string, deps: Deps): Provider<void, never> =>
      provide(deps, async function* () {
        try {
          yield;
        } catch {
          // The failure of a dependent: not what this is about.
        }
        throw new Error(`${name} failed`);
      });
    const one = failing("one", { outer });
    const two = failing("two", { one });
    const error = await rejectionOf(resolveDependencies({ two }, {}, () => "value"));
    expect(failuresOf(error).map(String)).toEqual(["Error: one failed", "Error: two failed"]);
    expect(log).toEqual(["outer: Error: one failed", "outer: end"]);
  });

  it("tears down a fresh value of each place", async () => {
    const log: string[] = [];
    let count = 0;
    const handle = provide(async function* () {
      const name = `handle ${++count}`;
      yield name;
      log.push(name);
    });
    await resolveDependencies(
      { a: handle, b: fresh(handle), c: fresh(handle), d: handle },
      {},
      (values) => {
        expect(values).toEqual({ a: "handle 1", b: "handle 2", c: "handle 3", d: "handle 1" });
      },
    );
    expect(log).toEqual(["handle 3", "handle 2", "handle 1"]);
  });

  it("runs a generator on the event loop for `inline`", async () => {
    const log: string[] = [];
    const counter = inline(function* () {
      try {
        yield 1;
        log.push("success");
      } catch (error) {
        log.push(String(error));
      }
    });
    await resolveDependencies({ counter }, {}, ({ counter }) => log.push(`body ${counter}`));
    await rejectionOf(
      resolveDependencies({ counter }, {}, () => {
        throw new Error("boom");
      }),
    );
    expect(log).toEqual(["body 1", "success", "Error: boom"]);
  });

  it("awaits a promise that an inline generator yields, and tells the generator if it rejects", async () => {
    const log: string[] = [];
    const good = inline(function* () {
      yield Promise.resolve("value");
    });
    const bad = inline(function* () {
      try {
        yield Promise.reject(new Error("bad"));
      } catch (error) {
        log.push(String(error));
        throw error;
      }
    });
    expect(await resolveDependencies({ good }, {}, ({ good }) => good)).toBe("value");
    const error = await rejectionOf(resolveDependencies({ bad }, {}, () => expect.unreachable()));
    expect(failuresOf(error).map(String)).toEqual(["Error: bad"]);
    expect(log).toEqual(["Error: bad"]);
  });

  it("throws the rejection of a promise that it yields into an inline generator at once, whoever wants it as data", async () => {
    const log: string[] = [];
    const translates = inline(function* () {
      try {
        yield Promise.reject(new Error("bad"));
        log.push("committed");
      } catch (error) {
        throw new Error("worse", { cause: error });
      }
    });
    const swallows = inline(function* () {
      try {
        yield Promise.reject(new Error("swallowed"));
        log.push("committed");
      } catch {
        log.push("caught");
      }
    });
    const targets = { translates: outcome(translates), swallows: outcome(swallows) };
    await resolveDependencies(targets, {}, ({ translates, swallows }) => {
      log.push("body");
      expect(translates).toMatchObject({ done: false, reason: { message: "worse" } });
      expect(swallows).toMatchObject({ done: false, reason: { message: "swallowed" } });
    });
    expect(log).toEqual(["caught", "body"]);
  });

  it("tells what came too late that it is too late, also where its failure is data", async () => {
    const log: string[] = [];
    const late = provide(
      async function* (_deps, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        try {
          yield 1;
          log.push("committed");
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      },
      { timeoutMs: 100 },
    );
    await resolveDependencies({ late: outcome(late) }, {}, ({ late }) => log.push(`${late.done}`));
    expect(log).toEqual(["false", "TimeoutError"]);
  });

  it("ends a generator that yields again, its `finally` too, and says so", async () => {
    const log: string[] = [];
    for (const kind of ["async", "inline"] as const) {
      const again =
        kind === "async"
          ? provide(async function* () {
              try {
                yield 1;
                yield 2;
              } finally {
                log.push(kind);
              }
            })
          : inline(function* () {
              try {
                yield 1;
                yield 2;
              } finally {
                log.push(kind);
              }
            });
      const error = await rejectionOf(resolveDependencies({ again }, {}, () => {}));
      expect(error).toMatchObject({ name: "GeneratorContractError" });
    }
    expect(log).toEqual(["async", "inline"]);
  });

  it("is not done for a setup that threw before its yield", async () => {
    const log: string[] = [];
    const broken = provide(async function* () {
      try {
        yield await Promise.reject(new Error("while acquiring"));
      } catch (error) {
        log.push("cleaned up");
        throw error;
      }
    });
    await expect(resolveDependencies({ broken }, {}, () => 1)).rejects.toThrow("while acquiring");
    expect(log).toEqual(["cleaned up"]);
  });

  it("gives a teardown up after its own time limit, reports it, and goes on with the others", async () => {
    const log: string[] = [];
    const outer = logged(log, "outer");
    const hangs = provide(
      { outer },
      async function* () {
        yield 1;
        await new Promise(() => {});
      },
      { teardownTimeoutMs: 1 },
    );
    const error = await rejectionOf(resolveDependencies({ hangs }, {}, () => 1));
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect((error as Error).message).toContain("teardown of provider `hangs` was given up");
    expect(log[0]).toMatch(/^outer: TimeoutError/);
  });

  it("has its time limit for nothing when it ends in time, well or with an error of its own", async () => {
    const torn = new Error("torn");
    const ends = (how: () => void): Provider<number, never> =>
      provide(
        async function* () {
          yield 1;
          await new Promise(setImmediate);
          how();
        },
        { teardownTimeoutMs: 3_600_000 },
      );
    const well = ends(() => {});
    expect(await resolveDependencies({ well }, {}, ({ well }) => well)).toBe(1);
    const badly = ends(() => {
      throw torn;
    });
    expect(await rejectionOf(resolveDependencies({ badly }, {}, () => 1))).toBe(torn);
    expect(pendingTimers()).toEqual([]);
  });

  it("leaves as it is what was thrown and is no error", async () => {
    const thrown = { not: "an error" };
    const outer = provide(async function* () {
      try {
        yield 1;
      } catch {
        // eslint-disable-next-line no-throw-literal
        throw thrown;
      }
    });
    const inner = provide({ outer }, async () => {
      throw new Error("first");
    });
    expect(await rejectionOf(resolveDependencies({ inner }, {}, () => 1))).toBe(thrown);
    expect(Reflect.ownKeys(thrown)).toEqual(["not"]);
  });

  it.each([
    [
      "async",
      provide(async function* never() {}),
      provide(async function* twice() {
        yield 1;
        yield 2;
      }),
    ],
    [
      "inline",
      inline(function* never() {}),
      inline(function* twice() {
        yield 1;
        yield 2;
      }),
    ],
  ])("requires of an %s generator that it yields once", async (_kind, never, twice) => {
    const none = await rejectionOf(
      resolveDependencies({ key: never }, {}, () => expect.unreachable()),
    );
    expect(none).toMatchObject({
      name: "GeneratorContractError",
      message: expect.stringContaining("`never`"),
    });
    const many = await rejectionOf(resolveDependencies({ key: twice }, {}, () => 1));
    expect(many).toMatchObject({
      name: "GeneratorContractError",
      message: expect.stringContaining("`twice`"),
    });
    expect(dependencyPath(many)).toEqual(["key"]);
  });
});

describe('teardown: "parallel"', () => {
  it("tears down what does not depend on each other at once, and dependencies after their dependents", async () => {
    const log: string[] = [];
    const met = gate();
    const base = logged(log, "base");
    let waiting = 0;
    const meeting = (name: string): Provider<void, never> =>
      provide({ base }, async function* () {
        yield;
        if (++waiting === 2) met.open();
        await met.passed;
        log.push(name);
      });
    await resolveDependencies(
      { a: meeting("a"), b: meeting("b") },
      { teardown: "parallel" },
      () => {},
    );
    expect(log.slice(0, 2).sort()).toEqual(["a", "b"]);
    expect(log.slice(2)).toEqual(["base: success", "base: end"]);
  });

  it("reports every failure", async () => {
    const failing = (name: string): Provider<void, never> =>
      provide(async function* () {
        yield;
        throw new Error(name);
      });
    const error = await rejectionOf(
      resolveDependencies({ a: failing("a"), b: failing("b") }, { teardown: "parallel" }, () => {}),
    );
    expect(failuresOf(error).map(String).sort()).toEqual(["Error: a", "Error: b"]);
  });
});

describe("openDependencies", () => {
  it("resumes generators after `done`", async () => {
    const log: string[] = [];
    const dependencies = await openDependencies({ tx: logged(log, "tx") });
    expect(dependencies.values.tx).toBe("tx");
    dependencies.done();
    await dependencies[Symbol.asyncDispose]();
    expect(log).toEqual(["tx: success", "tx: end"]);
  });

  it("throws the error of `fail` at the `yield`, and does not throw it again", async () => {
    const log: string[] = [];
    const dependencies = await openDependencies({ tx: logged(log, "tx") });
    dependencies.fail(new Error("boom"));
    dependencies.done();
    await dependencies[Symbol.asyncDispose]();
    expect(log).toEqual(["tx: Error: boom", "tx: end"]);
  });

  it("neither commits nor rolls back when nobody said how it went: only `finally` runs", async () => {
    const log: string[] = [];
    const dependencies = await openDependencies({
      tx: logged(log, "tx"),
      counter: inline(function* () {
        try {
          yield 1;
          log.push("committed");
        } finally {
          log.push("counter: end");
        }
      }),
    });
    await dependencies[Symbol.asyncDispose]();
    expect(log).toEqual(["counter: end", "tx: end"]);
  });

  it("tears down once, however often it is disposed", async () => {
    const log: string[] = [];
    const dependencies = await openDependencies({ tx: logged(log, "tx") });
    dependencies.done();
    const disposed = dependencies[Symbol.asyncDispose]();
    expect(dependencies[Symbol.asyncDispose]()).toBe(disposed);
    await disposed;
    expect(log).toHaveLength(2);
    expect(() => dependencies.fail(new Error("late"))).toThrow("decide before you dispose");
  });

  it("throws what a teardown throws", async () => {
    const tx = provide(async function* () {
      yield 1;
      throw new Error("commit failed");
    });
    const dependencies = await openDependencies({ tx });
    dependencies.done();
    await expect(dependencies[Symbol.asyncDispose]()).rejects.toThrow("commit failed");
  });

  it("tears down in the context in which it was opened", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const tx = provide(async function* () {
      yield 1;
      seen.push(storage.getStore());
    });
    const dependencies = await storage.run("opener", () => openDependencies({ tx }));
    dependencies.done();
    await storage.run("disposer", () => dependencies[Symbol.asyncDispose]());
    expect(seen).toEqual(["opener"]);
  });
});
