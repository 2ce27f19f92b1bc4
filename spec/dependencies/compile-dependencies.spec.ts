import { describe, expect, it } from "vitest";
import {
  compileDependencies,
  type CycleError,
  family,
  fresh,
  inline,
  input,
  lazy,
  lifetime,
  outcome,
  override,
  provide,
  type Provider,
  resolveDependencies,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const App = lifetime("app");
const token = input<string>()("token");
const pool = provide.in(App)(async function* () {
  yield "pool";
});
const audit = inline(() => undefined, { name: "audit" });
const user = provide({ pool, token }, async ({ pool, token }) => `${pool} ${token}`, {
  after: [audit],
});
const page = inline({ user: outcome(user), more: lazy(user) }, ({ user }) => user.done);

describe("compileDependencies", () => {
  it("runs nothing until it is told to, and any number of times then", async () => {
    let runs = 0;
    const value = inline(() => ++runs);
    const plan = compileDependencies({ value });
    expect(runs).toBe(0);
    expect(await plan.run({})).toEqual({ value: 1 });
    expect(await plan.run({}, ({ value }) => value)).toBe(2);
  });

  it("takes the overrides into the plan", async () => {
    const value = inline(() => "real");
    const plan = compileDependencies(value, {
      overrides: [
        override(
          value,
          inline(() => "fake"),
        ),
      ],
    });
    expect(await plan.run({})).toBe("fake");
  });

  it("lists nodes and edges, dependencies before dependents, without running anything", () => {
    const { nodes, edges, targets } = compileDependencies({ page }).graph();
    expect(nodes.map(({ name, kind, lifetime }) => [name, kind, lifetime])).toEqual([
      ["audit", "inline", undefined],
      ["pool", "async-generator", "app"],
      ["token", "input", undefined],
      ["user", "async", undefined],
      ["user", "outcome", undefined],
      ["more", "lazy", undefined],
      ["page", "inline", undefined],
    ]);
    expect(edges).toEqual([
      { from: 3, to: 0, key: undefined, kind: "after" },
      { from: 3, to: 1, key: "pool", kind: "value" },
      { from: 3, to: 2, key: "token", kind: "value" },
      { from: 4, to: 3, key: undefined, kind: "outcome" },
      { from: 5, to: 3, key: undefined, kind: "lazy" },
      { from: 6, to: 4, key: "user", kind: "value" },
      { from: 6, to: 5, key: "more", kind: "value" },
    ]);
    expect(targets["page"]).toBe(6);
  });

  it("tells where each provider was declared", () => {
    const here = (error: Error): string => / \(?([^ (]+:\d+):\d+\)?$/m.exec(error.stack!)![1]!;
    const [token, a] = [input<string>()("token"), here(new Error())];
    const [user, b] = [provide({ token }, async () => 1), here(new Error())];
    const [pool, c] = [provide.in(lifetime("app"))(async () => 1), here(new Error())];
    const [locale, d] = [inline({ token }, () => 1), here(new Error())];
    const [member, e] = [family((key: string) => inline(() => key))("x"), here(new Error())];
    const failure = outcome(user);
    const plan = compileDependencies({ token, user, pool, locale, member, failure });
    const { nodes, targets } = plan.graph();
    const sources = ["token", "user", "pool", "locale", "member"].map(
      (name) => nodes[targets[name]!]!.source!,
    );
    expect(sources.map((source) => source.replace(/:\d+$/, ""))).toEqual([a, b, c, d, e]);
    expect(a).toContain("compile-dependencies.spec.ts");
    expect(nodes[targets["failure"]!]!.source).toBeUndefined();
  });

  it("draws itself as a Mermaid flowchart", () => {
    const quoted = inline({ token }, ({ token }) => token, { name: 'a "b" <c>' });
    expect(compileDependencies({ quoted }).toMermaid()).toBe(
      [
        "flowchart TD",
        '  n0["token<br/><small>input</small>"]',
        '  n1["a #34;b#34; #60;c#62;<br/><small>inline</small>"]',
        '  n1 -->|"token"| n0',
        "",
      ].join("\n"),
    );
  });

  it("refuses arguments of other kinds", () => {
    expect(() => compileDependencies(1 as never)).toThrow(TypeError);
    expect(() => compileDependencies({}, 1 as never)).toThrow(TypeError);
    const value = provide(async function* () {
      yield 1;
    });
    expect(() => compileDependencies({ value }).run({})).toThrow("Expected a body");
    expect(() => compileDependencies({ value }).run({}, 1 as never)).toThrow(TypeError);
  });
});

describe("a cycle of providers", () => {
  // Providers are constants, so only overrides can close a circle.
  const leaf = inline(() => 1);
  const b = inline({ leaf }, () => 1);
  const a = inline({ b }, () => 1);

  it("is found before anything runs, with its path", async () => {
    const overrides = [
      override(
        leaf,
        inline({ a }, () => 1),
      ),
    ];
    const error = await rejectionOf(
      resolveDependencies({ start: inline({ a }, () => 1) }, { overrides }),
    );
    expect(error).toMatchObject({
      name: "CycleError",
      code: "ERR_SKEIN_CYCLE",
      message: "Providers depend on each other in a circle: a → b → leaf → a",
      path: ["a", "b", "leaf", "a"],
    });
  });

  it("may be a provider that depends on itself", () => {
    const overrides = [
      override(
        leaf,
        inline({ b }, () => 1),
      ),
    ];
    expect(() => compileDependencies({ b }, { overrides })).toThrow("circle: b → leaf → b");
    const self = inline(() => 1);
    const again = inline({ self }, () => 1);
    expect(() => compileDependencies({ self }, { overrides: [override(self, again)] })).toThrow(
      "circle: self → self",
    );
  });

  it.each([
    ["the order of setups", () => inline(() => 1, { after: [b] })],
    ["an outcome", () => inline({ b: outcome(b) }, () => 1)],
    ["a fresh value", () => inline({ b: fresh(b) }, () => 1)],
  ])("may lead through %s", (_name, backTo) => {
    const overrides = [override(leaf, backTo() as Provider<number, never>)];
    let error: CycleError | undefined;
    try {
      compileDependencies({ a }, { overrides });
    } catch (caught) {
      error = caught as CycleError;
    }
    expect(error?.message).toContain("circle: b → leaf → b");
  });

  it("is the shortest of several", () => {
    let far: Provider<number, never> = a;
    for (let i = 0; i < 10; i++) {
      const before = far;
      far = inline({ before }, () => 1);
    }
    const overrides = [
      override(
        leaf,
        inline({ far, b }, () => 1),
      ),
    ];
    let error: CycleError | undefined;
    try {
      compileDependencies({ far }, { overrides });
    } catch (caught) {
      error = caught as CycleError;
    }
    expect(error?.path).toEqual(["b", "leaf", "b"]);
  });

  it("is not seen in a deep chain that has none", async () => {
    let last: Provider<number, never> = inline(() => 0);
    for (let i = 0; i < 5_000; i++) {
      const before = last;
      last = inline({ before }, ({ before }) => before + 1);
    }
    expect(await resolveDependencies({ last })).toEqual({ last: 5_000 });
  });

  it("is found at the end of a chain of 20,000", () => {
    let last: Provider<number, never> = leaf;
    for (let i = 0; i < 20_000; i++) {
      const before = last;
      last = inline({ before }, () => 1);
    }
    const overrides = [
      override(
        leaf,
        inline({ last }, () => 1),
      ),
    ];
    expect(() => compileDependencies({ last }, { overrides })).toThrow("in a circle");
  });
});

describe("the plan of a target record", () => {
  it("is the same for a record that is written out again, and another for other names or targets", async () => {
    const one = inline(() => 1);
    const two = inline(() => 2);
    expect(await resolveDependencies({ a: one, b: two })).toEqual({ a: 1, b: 2 });
    expect(await resolveDependencies({ a: one, b: two })).toEqual({ a: 1, b: 2 });
    expect(await resolveDependencies({ a: one, c: two })).toEqual({ a: 1, c: 2 });
    expect(await resolveDependencies({ a: one, b: one })).toEqual({ a: 1, b: 1 });
    expect(await resolveDependencies({ a: one })).toEqual({ a: 1 });
    expect(await resolveDependencies(one)).toBe(1);
  });
});
