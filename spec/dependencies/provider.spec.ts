import { describe, expect, it } from "vitest";
import { cancelScope, inline, input, provide, resolveDependencies } from "../../lib/index.ts";

describe("provide", () => {
  it("takes the kind from the function's own tag", () => {
    const kinds = [
      provide(async () => 1),
      provide(async function* () {
        yield 1;
      }),
      provide(() => 1),
      provide(function* () {
        yield 1;
      }),
    ].map(({ kind }) => kind);
    expect(kinds).toEqual(["async", "async-generator", "offloaded", "offloaded-generator"]);
  });

  it("takes the kind of a bound function from the one behind it", async () => {
    async function greet(this: string): Promise<string> {
      return `hello ${this}`;
    }
    const bound = provide(greet.bind("Ada"));
    expect(bound.kind).toBe("async");
    expect(await resolveDependencies({ bound })).toEqual({ bound: "hello Ada" });
  });

  it("is called after its function unless it has a name of its own", () => {
    expect(provide(async function pool() {}).name).toBe("pool");
    expect(provide(async function pool() {}, { name: "db" }).name).toBe("db");
  });

  it("refuses what is no function", () => {
    expect(() => provide({}, 1 as never)).toThrow(
      new TypeError("Expected `fn` of provide to be a function, got 1 (number)"),
    );
  });

  it("refuses a class and says how to write it", () => {
    class Repository {}
    expect(() => provide({}, Repository as never)).toThrow(
      "got the class `Repository`: write inline(deps, (deps) => new Repository(deps))",
    );
  });

  it("refuses a dependency that is no provider, naming key and provider", () => {
    async function user(): Promise<void> {}
    expect(() => provide({ db: (() => 1) as never }, user)).toThrow(
      new TypeError(
        "Expected `db` of the dependencies of `user` to be a provider, got the function `db`",
      ),
    );
    expect(() => provide({ db: undefined as never }, user)).toThrow(TypeError);
  });

  it("refuses the key `then`, which would make the record a thenable", () => {
    const deps = { ["th".concat("en")]: inline(() => 1) };
    expect(() => inline(deps, () => 1)).toThrow("other than `then`");
    expect(() => resolveDependencies(deps)).toThrow("other than `then`");
  });

  it.each([null, 1, "deps"])("refuses dependencies that are no record: %o", (deps) => {
    expect(() => provide(deps as never, async () => 1)).toThrow(
      "Expected `deps` of provide to be a record of providers",
    );
  });

  it("gets a scope, with all that a scope tells and can be told", async () => {
    const deadline = performance.now() + 3_600_000;
    const provider = provide(async (_deps, context) => {
      const outside = [
        context.deadline,
        context.effectiveDeadline,
        context.shielded,
        context.origin,
      ];
      context.deadline = deadline + 1;
      context.shielded = true;
      return [...outside, context.deadline, context.effectiveDeadline, context.shielded];
    });
    const told = await cancelScope(async (scope) => {
      scope.deadline = deadline;
      return (await resolveDependencies({ provider }, { scope })).provider;
    });
    expect(told).toEqual({
      done: true,
      value: [Infinity, deadline, false, undefined, deadline + 1, deadline + 1, true],
    });
    let origin: unknown;
    const cancelled = provide(async (_deps, context) => {
      context.cancel("enough");
      origin = context.origin;
    });
    await resolveDependencies({ cancelled });
    expect(origin).toBeDefined();
  });

  it.each([
    [{ timeoutMs: -1 }, RangeError],
    [{ timeoutMs: "1" }, TypeError],
    [{ teardownTimeoutMs: Number.NaN }, RangeError],
    [{ after: [1] }, TypeError],
    [{ limit: {} }, TypeError],
    [{ name: 1 }, TypeError],
    [1, TypeError],
  ])("refuses the options %o", (options, error) => {
    expect(() => provide(async () => 1, options as never)).toThrow(error);
  });

  it("does not notice when its record or its options are changed afterwards", async () => {
    const deps = { a: inline(() => "a") };
    const provider = provide(deps, async ({ a }) => a);
    deps.a = inline(() => "changed");
    expect(await resolveDependencies({ provider })).toEqual({ provider: "a" });
  });
});

describe("inline", () => {
  it("runs synchronously, in the call that resolves", () => {
    const ran: string[] = [];
    const value = inline(() => ran.push("ran"));
    void resolveDependencies({ value });
    expect(ran).toEqual(["ran"]);
  });

  it("awaits a native promise", async () => {
    const value = inline(() => Promise.resolve("value"));
    expect(await resolveDependencies({ value })).toEqual({ value: "value" });
  });

  it("awaits a query that runs when it is awaited, once", async () => {
    const ran: string[] = [];
    const query = lazyQuery(ran, (settle) => settle.resolve("rows"));
    const rows = inline(() => query);
    const count = provide({ rows }, async ({ rows }) => rows.length);
    expect(await resolveDependencies({ rows, count })).toEqual({ rows: "rows", count: 4 });
    expect(await resolveDependencies(rows)).toBe("rows");
    expect(ran).toEqual(["ran", "ran"]);
  });

  it("awaits a query that a generator yields, and tears down after it", async () => {
    const ran: string[] = [];
    const rows = inline(function* () {
      yield lazyQuery(ran, (settle) => settle.resolve("rows"));
      ran.push("torn down");
    });
    await resolveDependencies({ rows }, {}, ({ rows }) => ran.push(rows));
    expect(ran).toEqual(["ran", "rows", "torn down"]);
  });

  it("fails with what a query fails with, or throws where `then` is read", async () => {
    const refusal = new Error("no such table");
    const failing = inline(() => lazyQuery([], (settle) => settle.reject(refusal)));
    await expect(resolveDependencies({ failing })).rejects.toBe(refusal);
    const throwing = inline(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- it is what this is about
      get then(): never {
        throw refusal;
      },
    }));
    await expect(resolveDependencies({ throwing })).rejects.toBe(refusal);
  });

  it("gives a query in an object on as it is", async () => {
    const ran: string[] = [];
    const query = lazyQuery(ran, (settle) => settle.resolve("rows"));
    const built = inline(() => ({ query }));
    await resolveDependencies({ built }, {}, ({ built }) => expect(built.query).toBe(query));
    expect(ran).toEqual([]);
  });

  it("refuses an async generator", () => {
    const generator = async function* (): AsyncGenerator<number> {
      yield 1;
    };
    expect(() => inline(generator as never)).toThrow("say provide");
  });

  it("makes instances of classes", async () => {
    class Repository {
      readonly #db: string;
      constructor({ db }: { db: string }) {
        this.#db = db;
      }
      find(): string {
        return `found in ${this.#db}`;
      }
    }
    const db = inline(() => "db");
    const repository = inline({ db }, (deps) => new Repository(deps));
    await resolveDependencies({ repository }, {}, ({ repository }) => {
      expect(repository.find()).toBe("found in db");
    });
  });
});

describe("input", () => {
  it("refuses a name that is none", () => {
    expect(() => input()(1 as never)).toThrow(
      new TypeError("Expected `name` of an input to be a string, got 1 (number)"),
    );
  });

  it("reads the value of its name", async () => {
    const token = input<string>()("token");
    expect(await resolveDependencies({ token }, { inputs: { token: "secret" } })).toEqual({
      token: "secret",
    });
  });

  it("takes an input that is given as undefined as given", async () => {
    const token = input<string | undefined>()("token");
    expect(await resolveDependencies({ token }, { inputs: { token: undefined } })).toEqual({
      token: undefined,
    });
  });

  it("does not take what objects inherit for an input", async () => {
    const inherited = input<unknown>()("constructor");
    await expect(resolveDependencies({ inherited }, { inputs: {} as never })).rejects.toMatchObject(
      { name: "MissingInputError" },
    );
  });

  it("may be left out if it is optional", async () => {
    const token = input.optional<string>()("token");
    expect(await resolveDependencies({ token })).toEqual({ token: undefined });
    expect(await resolveDependencies({ token }, { inputs: { token: "here" } })).toEqual({
      token: "here",
    });
  });
});

interface Settle {
  readonly resolve: (value: string) => void;
  readonly reject: (error: unknown) => void;
}

/** As query builders have it: no promise, and nothing runs until somebody awaits it. */
function lazyQuery(ran: string[], run: (settle: Settle) => void): PromiseLike<string> {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- it is what this is about
    then: (onFulfilled, onRejected) => {
      ran.push("ran");
      const settled = new Promise<string>((resolve, reject) => run({ resolve, reject }));
      return settled.then(onFulfilled, onRejected);
    },
  };
}
