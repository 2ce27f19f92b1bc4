/* oxlint-disable vitest/expect-expect -- here it is the compiler that checks */
import { describe, expectTypeOf, it } from "vitest";
import {
  compileDependencies,
  family,
  fresh,
  inline,
  input,
  lazy,
  lifetime,
  type Need,
  openDependencies,
  type Outcome,
  outcome,
  override,
  provide,
  type Provider,
  resolveDependencies,
} from "../../lib/index.ts";

const token = input<string>()("token");
const size = input<number>()("size");
const locale = input.optional<"en" | "de">()("locale");
const pool = provide(async function* () {
  yield { begin: async () => ({ commit(): void {} }) };
});
const user = provide({ pool, token }, async ({ pool, token }, { signal }) => ({
  tx: await pool.begin(),
  token,
  aborted: signal.aborted,
}));
const digest = provide({ token }, ({ token }) => ({ length: token.length, at: new Date(0) }));

describe("provide", () => {
  it("infers the values of the record and the result", () => {
    expectTypeOf(user).toEqualTypeOf<
      Provider<
        { tx: { commit(): void }; token: string; aborted: boolean },
        Need<"token", string, false>
      >
    >();
    expectTypeOf(digest).toEqualTypeOf<
      Provider<{ length: number; at: Date }, Need<"token", string, false>>
    >();
    expectTypeOf(provide(async () => 1)).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(
      provide(function* () {
        yield "held";
      }),
    ).toEqualTypeOf<Provider<string, never>>();
  });

  it("adds the needs up as a union, through every provider between", () => {
    const both = provide({ user, size, locale }, async (deps) => deps.size);
    expectTypeOf(both).toEqualTypeOf<
      Provider<
        number,
        | Need<"token", string, false>
        | Need<"size", number, false>
        | Need<"locale", "en" | "de", true>
      >
    >();
  });

  it("refuses a key that is not in the record", () => {
    // @ts-expect-error -- `tokn` is none of the keys
    provide({ token }, async ({ tokn }) => tokn);
  });

  it("refuses a use that does not fit the type of the value", () => {
    // @ts-expect-error -- a string has no `toFixed`
    provide({ token }, async ({ token }) => token.toFixed());
  });

  it("refuses what is no provider, at its key", () => {
    provide(
      {
        token,
        // @ts-expect-error -- a function is not a provider
        pool: () => 1,
      },
      async () => 1,
    );
  });

  it("refuses the result of a plain function that cannot be sent between threads, where it stands", () => {
    provide({ token }, () => ({
      fine: 1,
      // @ts-expect-error -- functions cannot be cloned
      nested: { method: () => 1 },
    }));
    class Repository {
      find(): void {}
    }
    // @ts-expect-error -- nor can classes with methods
    provide(() => new Repository());
    // @ts-expect-error -- nor what a plain generator yields
    provide(function* () {
      yield () => 1;
    });
    // @ts-expect-error -- nor what is in a map
    provide(() => new Map([["key", () => 1]]));
  });

  it("lets an async function and an inline one return anything", () => {
    provide(async () => ({ method: () => 1 }));
    inline(() => ({ method: () => 1 }));
    expectTypeOf(inline(() => Promise.resolve(1))).toEqualTypeOf<Provider<number, never>>();
    // @ts-expect-error -- but not an async generator
    inline(async function* () {
      yield 1;
    });
  });

  it("takes what a call in a thread takes, where a function may run in one", () => {
    provide(() => 1, { onCancel: "abandon", graceMs: 10, onProgress: () => {} });
    // @ts-expect-error -- no such mode
    provide(() => 1, { onCancel: "stop" });
    // @ts-expect-error -- inline never runs in a thread
    inline(() => 1, { onCancel: "abandon" });
  });

  it("takes what can be cloned", () => {
    interface Tree {
      readonly children: readonly Tree[];
    }
    provide((): Tree => ({ children: [] }));
    provide(() => [new Uint8Array(1), new Map([[1, new Set(["a"])]]), /x/, 10n, null] as const);
    provide((): void => {});
    expectTypeOf(provide(() => "literal" as const)).toEqualTypeOf<Provider<"literal", never>>();
  });
});

describe("resolveDependencies", () => {
  it("gives the body the values by key, and the result of the body", () => {
    const result = resolveDependencies({ user, digest }, { inputs: { token: "" } }, (values) => {
      expectTypeOf(values.user.token).toEqualTypeOf<string>();
      expectTypeOf(values.digest.length).toEqualTypeOf<number>();
      return 1;
    });
    expectTypeOf(result).toEqualTypeOf<Promise<number>>();
    expectTypeOf(resolveDependencies(digest, { inputs: { token: "" } })).toEqualTypeOf<
      Promise<{ length: number; at: Date }>
    >();
    expectTypeOf(resolveDependencies({})).toEqualTypeOf<Promise<{}>>();
  });

  it("needs every required input, with its type, and no other", () => {
    // @ts-expect-error -- no options at all
    void resolveDependencies({ user });
    // @ts-expect-error -- `token` is missing
    void resolveDependencies({ user }, { inputs: {} });
    // @ts-expect-error -- `token` is a string
    void resolveDependencies({ user }, { inputs: { token: 1 } });
    // @ts-expect-error -- nobody asks for `tokn`
    void resolveDependencies({ user }, { inputs: { token: "", tokn: "" } });
    void resolveDependencies({ locale });
    void resolveDependencies({ locale }, { inputs: { locale: "en" } });
    // @ts-expect-error -- an optional input has a type, too
    void resolveDependencies({ locale }, { inputs: { locale: "fr" } });
  });

  it("asks for what satisfies all who need an input of one name", () => {
    const wide = input<{ id: number }>()("request");
    const narrow = input<{ url: string }>()("request");
    void resolveDependencies({ wide, narrow }, { inputs: { request: { id: 1, url: "" } } });
    // @ts-expect-error -- `url` is missing
    void resolveDependencies({ wide, narrow }, { inputs: { request: { id: 1 } } });
  });

  it("does not give the body what was not asked for", () => {
    // @ts-expect-error -- `digest` is no target
    void resolveDependencies({ user }, { inputs: { token: "" } }, ({ digest }) => digest);
  });
});

describe("override", () => {
  it("refuses a replacement of another type", () => {
    const number = inline(() => 1);
    const wrapped = (original: typeof token) => inline({ original }, () => 1);
    // @ts-expect-error -- a number in the place of a string
    override(token, number);
    // @ts-expect-error -- a wrapper of another type
    override(token, wrapped);
    override(
      token,
      inline(() => "fine"),
    );
    override(token, (original) => inline({ original }, ({ original }) => `${original}!`));
  });

  it("asks for the inputs of the replacement, and no longer insists on those of the original", () => {
    const overrides = [
      override(
        user,
        inline({ size }, ({ size }) => ({ tx: { commit() {} }, token: `${size}`, aborted: false })),
      ),
    ];
    void resolveDependencies({ user }, { overrides, inputs: { size: 1 } });
    // @ts-expect-error -- `size` is a number
    void resolveDependencies({ user }, { overrides, inputs: { size: "" } });
  });
});

describe("the other ways to depend", () => {
  it("have values of their own types and the needs of the provider", () => {
    const deps = { a: fresh(token), b: lazy(token), c: outcome(token) };
    const provider = provide(deps, async (values) => {
      expectTypeOf(values).toEqualTypeOf<{
        readonly a: string;
        readonly b: () => Promise<string>;
        readonly c: Outcome<string>;
      }>();
    });
    expectTypeOf(provider).toEqualTypeOf<Provider<void, Need<"token", string, false>>>();
    const setting = family((key: "theme" | "font") => inline(() => key));
    expectTypeOf(setting("theme")).toExtend<Provider<"theme" | "font">>();
    // @ts-expect-error -- no such key
    setting("size");
  });
});

describe("a lifetime", () => {
  it("that says its inputs must be opened with them, and its providers may need no other", () => {
    const App = lifetime<{ token: string }>("app");
    App.open({ inputs: { token: "" } });
    // @ts-expect-error -- the inputs are missing
    App.open();
    expectTypeOf(provide.in(App)({ token }, async ({ token }) => token)).toEqualTypeOf<
      Provider<string, never>
    >();
    // @ts-expect-error -- `size` is none of its inputs
    provide.in(App)({ size }, async () => 1);
  });

  it("that does not say its inputs takes any", () => {
    const App = lifetime("app");
    App.open();
    App.open({ inputs: { anything: 1 } });
    void resolveDependencies({ a: inline.in(App)({ token }, () => 1) }, { within: App.open() });
  });
});

describe("compileDependencies and openDependencies", () => {
  it("have the values and the needs of the targets", () => {
    const plan = compileDependencies({ user });
    expectTypeOf(plan.run({ inputs: { token: "" } }, ({ user }) => user.token)).toEqualTypeOf<
      Promise<string>
    >();
    // @ts-expect-error -- `token` is missing
    void plan.run({}, () => 1);
    expectTypeOf(openDependencies({ token }, { inputs: { token: "" } }))
      .resolves.toHaveProperty("values")
      .toEqualTypeOf<{ readonly token: string }>();
  });
});
