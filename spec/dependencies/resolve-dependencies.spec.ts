import assert from "node:assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  compileDependencies,
  fresh,
  inline,
  input,
  lifetime,
  openDependencies,
  provide,
  type Provider,
  resolveDependencies,
} from "../../lib/index.ts";
import { gate } from "../support/gate.ts";

describe("resolveDependencies", () => {
  it("fails with what the getter of an input throws, and closes what it holds", async () => {
    const log: string[] = [];
    const id = input<number>()("id");
    const held = inline(function* () {
      try {
        yield 1;
      } catch (error) {
        log.push(String(error));
      }
    });
    const plain = inline(() => log.push("ran"));
    const inputs = {
      get id(): number {
        throw new Error("unreadable");
      },
    };
    const App = lifetime("app");
    const app = App.open();
    const options = { inputs, within: app };
    await expect(resolveDependencies({ held, id }, options, () => 1)).rejects.toThrow("unreadable");
    await expect(resolveDependencies({ plain, id }, options)).rejects.toThrow("unreadable");
    expect(log).toEqual(["Error: unreadable", "ran"]);
    await app.close();
  });

  it("gives every provider the values of its dependencies by key", async () => {
    const id = input<number>()("id");
    const db = provide(async () => new Map([[7, "Ada"]]));
    const user = provide({ db, id }, async ({ db, id }) => db.get(id));
    const greeting = inline({ user }, ({ user }) => `Hello ${user}`);
    expect(await resolveDependencies({ greeting, user }, { inputs: { id: 7 } })).toEqual({
      greeting: "Hello Ada",
      user: "Ada",
    });
  });

  it("runs a shared provider once in a resolution, and again in the next", async () => {
    let runs = 0;
    const shared = provide(async () => ++runs);
    const left = provide({ shared }, async ({ shared }) => shared);
    const right = provide({ shared }, async ({ shared }) => shared);
    expect(await resolveDependencies({ left, right })).toEqual({ left: 1, right: 1 });
    expect(await resolveDependencies({ left, right })).toEqual({ left: 2, right: 2 });
  });

  it("gives one provider under two keys once, and two providers over one function twice", async () => {
    const make = async (): Promise<object> => ({});
    const one = provide(make);
    const other = provide(make);
    const { a, b, c } = await resolveDependencies({ a: one, b: one, c: other });
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it.each([[undefined], [null], [0], [""], [false], [Number.NaN]])(
    "takes %s for a value like every other",
    async (falsy) => {
      let runs = 0;
      const value = inline(() => {
        runs++;
        return falsy;
      });
      const one = provide({ value }, async ({ value }) => value);
      const two = provide({ value }, async ({ value }) => value);
      expect(await resolveDependencies({ one, two })).toEqual({ one: falsy, two: falsy });
      expect(runs).toBe(1);
    },
  );

  it("starts what does not depend on each other in one turn, in order of declaration", () => {
    const started: string[] = [];
    const start = (name: string): Provider<void, never> =>
      provide(async () => {
        started.push(name);
      });
    void resolveDependencies({ b: start("b"), a: start("a"), c: start("c") });
    expect(started).toEqual(["b", "a", "c"]);
  });

  it("starts a node when its own dependencies are ready, not with its level", async () => {
    const slow = gate();
    const quick = provide(async () => 1);
    const afterQuick = gate();
    const dependsOnQuick = provide({ quick }, async () => afterQuick.open());
    const dependsOnSlow = provide(async () => slow.passed);
    const resolution = resolveDependencies({ dependsOnSlow, dependsOnQuick });
    await afterQuick.passed;
    slow.open();
    expect(Object.keys(await resolution)).toHaveLength(2);
  });

  it("waits for all dependencies of a node", async () => {
    const gates = [gate(), gate(), gate()];
    let ran = false;
    const [a, b, c] = gates.map(({ passed }) => provide(async () => passed));
    const last = provide({ a: a!, b: b!, c: c! }, async () => {
      ran = true;
    });
    const resolution = resolveDependencies({ last });
    for (const each of gates) {
      expect(ran).toBe(false);
      each.open();
      await new Promise(setImmediate);
    }
    await resolution;
    expect(ran).toBe(true);
  });

  it("goes by what is in the record of targets, whether it was used before or not", async () => {
    const [one, two, three] = [1, 2, 3].map((value) => inline(() => value));
    const targets: Record<string, Provider<number, never>> = { a: one!, b: two! };
    expect(await resolveDependencies(targets)).toEqual({ a: 1, b: 2 });
    targets["b"] = three!;
    expect(await resolveDependencies(targets)).toEqual({ a: 1, b: 3 });
    targets["c"] = two!;
    expect(await resolveDependencies(targets)).toEqual({ a: 1, b: 3, c: 2 });
    expect(await resolveDependencies({ a: one!, other: three! })).toEqual({ a: 1, other: 3 });
    expect(await resolveDependencies({ a: one! })).toEqual({ a: 1 });
    expect(await resolveDependencies(one!)).toBe(1);
    expect(await resolveDependencies({ inline: one! })).toEqual({ inline: 1 });
    expect(await resolveDependencies(one!)).toBe(1);
  });

  it("finds what is no provider in a record whose first target it knows", async () => {
    const one = inline(() => 1);
    await resolveDependencies({ one, other: one });
    expect(() => resolveDependencies({ one, other: 7 as never })).toThrow(
      "Expected `other` of targets to be a provider, got 7 (number)",
    );
  });

  it("resolves no targets at once", async () => {
    expect(await resolveDependencies({})).toEqual({});
    expect(await resolveDependencies({}, {}, () => "body")).toBe("body");
  });

  it("resolves a provider by itself", async () => {
    const value = provide(async () => "value");
    expect(await resolveDependencies(value)).toBe("value");
    expect(await resolveDependencies(value, {}, (value) => value.length)).toBe(5);
  });

  it("refuses to hand a thenable over in a promise", async () => {
    const query = input<{ then: () => never }>()("query");
    // oxlint-disable-next-line unicorn/no-thenable -- it is what this is about
    const inputs = { query: { then: () => expect.unreachable() } };
    await expect(resolveDependencies(query, { inputs })).rejects.toThrow(
      "pass a body, or a record",
    );
  });

  it("orders by `after` without passing a value", async () => {
    const log: string[] = [];
    const authorised = gate();
    const auth = provide(async () => {
      await authorised.passed;
      log.push("auth");
    });
    const report = provide(async (deps) => log.push(`report ${Object.keys(deps).length}`), {
      after: [auth],
    });
    const resolution = resolveDependencies({ report });
    authorised.open();
    await resolution;
    expect(log).toEqual(["auth", "report 0"]);
  });

  it("runs in order of declaration, one at a time, with a concurrency of 1", async () => {
    const log: string[] = [];
    const step = (
      name: string,
      deps: Record<string, Provider<unknown, never>> = {},
    ): Provider<void, never> =>
      provide(deps, async () => {
        log.push(`${name} {`);
        await new Promise(setImmediate);
        log.push(`} ${name}`);
      });
    const first = step("first");
    const second = step("second", { first });
    const third = step("third");
    await resolveDependencies({ second, third }, { concurrency: 1 });
    expect(log).toEqual(["first {", "} first", "second {", "} second", "third {", "} third"]);
  });

  it("never runs more setups at once than its concurrency", async () => {
    let running = 0;
    let most = 0;
    const targets: Record<string, Provider<void, never>> = {};
    for (let i = 0; i < 20; i++) {
      targets[`p${i}`] = provide(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
      });
    }
    await resolveDependencies(targets, { concurrency: 3 });
    expect(most).toBe(3);
  });

  it("awaits the body", async () => {
    const value = inline(() => 1);
    expect(await resolveDependencies({ value }, {}, async ({ value }) => value + 1)).toBe(2);
  });

  it("gives plain objects: to the caller, to a body, to providers and in a graph", async () => {
    const seen: object[] = [];
    const one = inline((deps) => {
      seen.push(deps);
      return 1;
    });
    const two = provide({ one }, async (deps) => {
      seen.push(deps);
      return 2;
    });
    const three = provide({ one, two }, (deps: object) => deps);
    const values = await resolveDependencies({ one, two, three });
    assert.deepStrictEqual(values, { one: 1, two: 2, three: { one: 1, two: 2 } });
    expect(await resolveDependencies({ one, two }, {}, (given) => given)).toStrictEqual({
      one: 1,
      two: 2,
    });
    await using open = await openDependencies({ one });
    assert.deepStrictEqual(open.values, { one: 1 });
    assert.deepStrictEqual(seen.slice(0, 2), [{}, { one: 1 }]);
    assert.deepStrictEqual(compileDependencies({ one }).graph().targets, { one: 0 });
    expect(inspect(values)).toBe("{ one: 1, two: 2, three: { one: 1, two: 2 } }");
  });

  it("tells records apart whose keys are the same when they are joined", async () => {
    const one = inline(() => 1);
    const first = inline({ ["__proto__,x"]: one }, (deps) => Object.keys(deps));
    const second = inline({ ["__proto__"]: one, x: one }, (deps) => Object.keys(deps));
    for (const targets of [
      { first, second },
      { second, first },
    ]) {
      expect(await resolveDependencies(targets)).toEqual({
        first: ["__proto__,x"],
        second: ["__proto__", "x"],
      });
    }
  });

  it("has records that inherit nothing, so that every key but `then` can be used", async () => {
    const proto = inline(() => "proto");
    const constructor = inline(() => "constructor");
    const keys = { ["__proto__"]: proto, constructor, hasOwnProperty: proto };
    const user = inline(keys, (deps) => [
      deps["__proto__"],
      deps.constructor,
      Object.keys(deps).length,
    ]);
    const values = await resolveDependencies({ user, ["__proto__"]: proto });
    expect(values.user).toEqual(["proto", "constructor", 3]);
    expect(Object.keys(values)).toEqual(["user", "__proto__"]);
    expect(values["__proto__"]).toBe("proto");
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  });

  it("keeps the caller's asynchronous context in every setup, in the body and in every teardown", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const a = provide(async function* () {
      seen.push(storage.getStore());
      await new Promise(setImmediate);
      yield 1;
      await new Promise(setImmediate);
      seen.push(storage.getStore());
    });
    const b = inline({ a }, function* () {
      seen.push(storage.getStore());
      yield 1;
      seen.push(storage.getStore());
    });
    const run = (name: string): Promise<void> =>
      storage.run(name, () =>
        resolveDependencies({ b }, {}, async () => {
          await new Promise(setImmediate);
          seen.push(storage.getStore());
        }),
      );
    await run("one");
    expect(seen).toEqual(["one", "one", "one", "one", "one"]);
    await Promise.all([run("two"), run("three")]);
    const both = seen.slice(5);
    expect(both.filter((name) => name === "two")).toHaveLength(5);
    expect(both.filter((name) => name === "three")).toHaveLength(5);
  });

  it.each([
    [1, {}, undefined],
    [null, {}, undefined],
    [{ a: 1 }, {}, undefined],
    [{}, 1, undefined],
    [{}, { inputs: 1 }, undefined],
    [{}, { concurrency: "2" }, undefined],
    [{}, { teardown: "random" }, undefined],
    [{}, { within: {} }, undefined],
    [{}, { pool: {} }, undefined],
    [{}, { pool: null }, undefined],
    [{}, { overrides: [1] }, undefined],
    [{}, { overrides: 1 }, undefined],
    [{}, {}, 1],
  ])("refuses targets %o, options %o and body %o synchronously", (target, options, body) => {
    expect(() => resolveDependencies(target as never, options as never, body as never)).toThrow(
      TypeError,
    );
  });

  it("refuses a concurrency below 1", () => {
    expect(() => resolveDependencies({}, { concurrency: 0 })).toThrow(RangeError);
  });
});

describe("resolveDependencies on large graphs", { timeout: 60_000 }, () => {
  it("runs a chain of 100,000 providers", async () => {
    let last: Provider<number, never> = inline(() => 0);
    for (let i = 0; i < 100_000; i++) {
      const before = last;
      last =
        i % 2 === 0
          ? inline({ before }, ({ before }) => before + 1)
          : provide({ before }, async ({ before }) => before + 1);
    }
    expect(await resolveDependencies({ last })).toEqual({ last: 100_000 });
  });

  it("runs a fan of 100,000 providers", async () => {
    const wide: Record<string, Provider<number, never>> = {};
    for (let i = 0; i < 100_000; i++) wide[`p${i}`] = provide(async () => i);
    const sum = provide(wide, async (values) => Object.values(values).reduce((a, b) => a + b, 0));
    expect(await resolveDependencies({ sum })).toEqual({ sum: 4_999_950_000 });
  });

  it("runs every provider of a ladder of diamonds once", async () => {
    let runs = 0;
    let top: Provider<number, never> = provide(async () => ++runs);
    for (let i = 0; i < 30; i++) {
      const below = top;
      const left = provide({ below }, async ({ below }) => (runs++, below));
      const right = fresh(provide({ below }, async ({ below }) => (runs++, below)));
      top = provide({ left, right }, async ({ left }) => (runs++, left));
    }
    expect(await resolveDependencies({ top })).toEqual({ top: 1 });
    expect(runs).toBe(1 + 30 * 3);
  });

  it("fails a deep chain at its far end without recursing", async () => {
    let last: Provider<unknown, never> = provide(async () => {
      throw new Error("far end");
    });
    for (let i = 0; i < 20_000; i++) {
      const before = last;
      last = inline({ before }, ({ before }) => before);
    }
    await expect(resolveDependencies({ last })).rejects.toThrow("far end");
  });
});
