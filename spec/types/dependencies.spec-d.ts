/* oxlint-disable vitest/expect-expect -- here it is the compiler that checks */
import type { KeyObject } from "node:crypto";
import { describe, expectTypeOf, it } from "vitest";
import {
  callback,
  compileDependencies,
  family,
  fresh,
  inline,
  input,
  lazy,
  lifetime,
  type MissingInput,
  type Need,
  type NotCloneable,
  openDependencies,
  type Outcome,
  outcome,
  override,
  provide,
  type Provider,
  resolveDependencies,
  type Takable,
  type TargetNeeds,
  type WithoutInputs,
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

  it("refuses a dependency of a plain function that cannot be sent between threads, at its key", () => {
    class Database {
      find(): string {
        return "";
      }
    }
    const unsendable = {
      db: inline(() => new Database()),
      fn: inline(() => () => 1),
      promise: inline(() => ({ later: Promise.resolve(1) })),
      cache: inline(() => new WeakMap<object, number>()),
      symbol: inline(() => Symbol("s")),
      signal: input<AbortSignal>()("signal"),
      Class: inline(() => Database),
      url: inline(() => new URL("https://example.com")),
      maybe: inline((): Database | undefined => undefined),
      nested: inline(() => ({ list: [{ log: (text: string) => text }] })),
      inMap: inline(() => new Map([["db", new Database()]])),
      demand: lazy(token),
    };
    const { db, fn, promise, cache, symbol, signal, Class, url, maybe, nested, inMap, demand } =
      unsendable;
    // @ts-expect-error -- an instance of a class
    provide({ token, db }, ({ db }) => db.find());
    // @ts-expect-error -- a function
    provide({ fn }, () => 1);
    // @ts-expect-error -- a promise
    provide({ promise }, () => 1);
    // @ts-expect-error -- a weak map
    provide({ cache }, () => 1);
    // @ts-expect-error -- a symbol
    provide({ symbol }, () => 1);
    // @ts-expect-error -- a signal
    provide({ signal }, () => 1);
    // @ts-expect-error -- a class
    provide({ Class }, () => 1);
    // @ts-expect-error -- an instance of a class of the platform
    provide({ url }, () => 1);
    // @ts-expect-error -- what may be one
    provide({ maybe }, () => 1);
    // @ts-expect-error -- deep inside
    provide({ nested }, () => 1);
    // @ts-expect-error -- in a map
    provide({ inMap }, () => 1);
    // @ts-expect-error -- `lazy` gives a function
    provide({ demand }, () => 1);
    // @ts-expect-error -- also without a result
    provide({ db }, ({ db }) => void db.find());
    // @ts-expect-error -- also in a generator
    provide({ db }, function* ({ db }) {
      yield db.find();
    });
    // @ts-expect-error -- also in a lifetime
    provide.in(lifetime("app"))({ db }, ({ db }) => db.find());

    provide(unsendable, async ({ db }) => db.find());
    provide(unsendable, async function* ({ db }) {
      yield db;
    });
    inline(unsendable, ({ db }) => db.find());
    inline(unsendable, function* ({ db }) {
      yield db;
    });
    provide(() => 1, { after: [db] });
    const said: Provider<string> = provide({ db }, async ({ db }) => db.find());
    void said;
  });

  it("says what to write instead", () => {
    const db = inline(() => ({ find: () => 1 }));
    type Refusal = Takable<{ db: typeof db; token: typeof token }, string>;
    expectTypeOf<Refusal>().toEqualTypeOf<{
      readonly db: NotCloneable<"db">;
      readonly token: unknown;
    }>();
    expectTypeOf<
      keyof NotCloneable<"db">
    >().toEqualTypeOf<"cannot be sent between threads: make the provider async, or say inline">();
  });

  it("takes every dependency of a plain function that can be sent", () => {
    interface Account {
      readonly name: string;
      readonly tags?: readonly string[];
      readonly parent?: Account;
    }
    type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
    interface Page<T> {
      readonly items: readonly T[];
      readonly [other: string]: unknown;
    }
    const sendable = {
      token,
      account: input<Account>()("account"),
      json: input<Json>()("json"),
      colour: inline(() => "red" as "red" | "green"),
      page: input<Page<Account>>()("page"),
      tuple: inline(() => [1, "a", new Date(0)] as const),
      map: inline(() => new Map([["a", new Set([1n])]])),
      bytes: inline(() => Buffer.from("a")),
      view: inline(() => new Float64Array(1)),
      memory: inline(() => new SharedArrayBuffer(1)),
      data: inline(() => new DataView(new ArrayBuffer(1))),
      failure: inline(() => new TypeError("t")),
      pattern: inline(() => /x/),
      blob: input<Blob>()("blob"),
      key: input<KeyObject>()("key"),
      branded: input<string & { readonly __brand: "id" }>()("branded"),
      unknown: input<unknown>()("unknown"),
      any: input<any>()("any"),
      nothing: inline(() => {}),
      given: outcome(token),
      optional: locale,
      ask: inline(() => callback(async (name: string) => name.length)),
    };
    provide(sendable, ({ account }) => account.name);
    provide(sendable, function* ({ account }) {
      yield account;
    });
    provide(sendable, ({ ask }) => ask("a").toFixed());
    provide({}, () => 1);
  });

  it("lets an async function and an inline one return anything", () => {
    provide(async () => ({ method: () => 1 }));
    inline(() => ({ method: () => 1 }));
    expectTypeOf(inline(() => Promise.resolve(1))).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(inline(() => ({}) as PromiseLike<1>)).toEqualTypeOf<Provider<1, never>>();
    expectTypeOf(inline(() => ({}) as string | Promise<number>)).toEqualTypeOf<
      Provider<string | number, never>
    >();
    expectTypeOf(
      inline(function* () {
        yield Promise.resolve(1);
      }),
    ).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(inline(() => ({}) as any)).toEqualTypeOf<Provider<any, never>>();
    expectTypeOf(inline(() => ({}) as unknown)).toEqualTypeOf<Provider<unknown, never>>();
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

  it("names the inputs that are missing", () => {
    const request = input<{ url: string }>()("request");
    const page = provide({ request, token, locale }, async ({ request }) => request.url);
    type Refusal = WithoutInputs<TargetNeeds<{ page: typeof page }>>;
    expectTypeOf<Refusal>().toEqualTypeOf<MissingInput<"request" | "token">>();
    // @ts-expect-error -- `request` and `token` are missing
    void resolveDependencies(page);
    // @ts-expect-error -- also here
    void openDependencies({ page });
    void resolveDependencies({ locale }, undefined);
    void openDependencies({ locale }, undefined);
    // @ts-expect-error -- and when they are said to be none
    void resolveDependencies({ page }, undefined);
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
