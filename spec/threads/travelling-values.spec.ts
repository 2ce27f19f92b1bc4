import { describe, expect, it } from "vitest";
import { callback, NotTransferableError, ShipError, type Threadpool } from "../../lib/index.ts";
import { encodeValue } from "../../lib/threads/codec/values.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { patience, testPool } from "../support/threads.ts";

/** The types of Node 20 leave it out. */
const { Module } = Reflect.get(globalThis, "WebAssembly") as {
  Module: new (code: Uint8Array) => object;
};

const port = new MessageChannel().port1;
const detached = new ArrayBuffer(8);
structuredClone(detached, { transfer: [detached] });

/** What is refused, beside which everything that makes the codec copy a value. */
const beside: readonly (readonly [string, () => unknown])[] = [
  ["nothing odd", () => 1],
  ["an error", () => new Error("x")],
  ["a shared symbol", () => Symbol.for("a")],
  ["a blob and a date", () => [new Date(), new Blob(["x"])]],
  ["shared memory", () => new Uint8Array(new SharedArrayBuffer(4))],
  ["a small Buffer", () => Buffer.from("x")],
  ["a module of WebAssembly", () => new Module(Buffer.from("0061736d01000000", "hex"))],
  ["something frozen", () => Object.freeze([1])],
  ["a thousand rows", () => Array.from({ length: 1_000 }, (_, id) => ({ id }))],
];

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { v: value };
  return value;
};

const pathOf = async (run: Promise<unknown>): Promise<string> => {
  const error = (await rejectionOf(run)) as NotTransferableError | ShipError;
  expect(["NotTransferableError", "ShipError"]).toContain(error.name);
  return error.path.slice(error.name === "ShipError" ? 1 : 0).join(".");
};

describe("the path of what cannot cross", () => {
  it.each(beside)("is the user's in every direction, beside %s", patience, async (_, make) => {
    const pool = testPool({ maxThreads: 1 });
    const odd = [port, detached, new Proxy({}, {}), deep(5_000)];
    for (const bad of odd) {
      const value = { list: [make(), { bad }] };
      const ways = [
        ["args.0", () => pool.run((x: unknown) => x, [value])],
        ["value", () => pool.run(() => value.list.length, [])],
        ["result", () => pool.run((f: () => unknown) => f(), [callback(() => value)])],
      ] as const;
      for (const [base, run] of ways) {
        const path = await pathOf(run());
        expect(path.replace(/(\.v)+$/, " deep")).toBe(
          `${base}.list.1.bad${bad === odd[3] ? " deep" : ""}`,
        );
      }
    }
  });

  it(
    "is that of a result, an item, a callback's argument and a progress in the worker",
    patience,
    async () => {
      const pool = testPool({ maxThreads: 1 });
      const make = (what: string): unknown => {
        const memory = new ArrayBuffer(8);
        structuredClone(memory, { transfer: [memory] });
        let nested: unknown = 1;
        for (let level = 0; level < 100_000; level++) nested = { v: nested };
        const bad =
          what === "memory"
            ? memory
            : what === "deep"
              ? nested
              : {
                  get x() {
                    return 1;
                  },
                };
        return { list: [new Error("x"), bad] };
      };
      for (const [what, end] of [
        ["memory", ""],
        ["deep", ".v"],
        ["getter", ".x"],
      ] as const) {
        const expected = new RegExp(`^result\\.list\\.1${end.replace(".", "\\.")}`);
        expect(await pathOf(pool.run(make, [what]))).toMatch(expected);
        const items = function* (what: string): Generator<unknown> {
          yield make(what);
        };
        expect(await pathOf(pool.iterate(items, [what]).next() as Promise<unknown>)).toMatch(
          expected,
        );
        const call = (what: string, f: (value: unknown) => void): void => f(make(what));
        const path = await pathOf(pool.run(call, [what, callback(() => {})]));
        expect(path).toMatch(new RegExp(`^args\\.0\\.list\\.1${end.replace(".", "\\.")}`));
      }
      expect(await pool.run(() => 1, [])).toBe(1);
    },
  );
});

const key = Symbol("key");
const irregular: readonly (readonly [string, object, string])[] = [
  ["a symbol as key", { a: 1, [key]: 2 }, "Symbol(key)"],
  [
    "a getter",
    {
      get a() {
        return 1;
      },
    },
    "a",
  ],
  ["a setter", { set a(_: number) {} }, "a"],
  ["a hidden property", Object.defineProperty({ a: 1 }, "hidden", { value: 2 }), "hidden"],
  ["a fixed property", Object.defineProperty({}, "a", { value: 2, enumerable: true }), "a"],
  ["a property of a Date", Object.assign(new Date(), { zone: "UTC" }), "zone"],
  ["a property of a Map", Object.assign(new Map(), { extra: 1 }), "extra"],
  ["a property of a Set", Object.assign(new Set(), { extra: 1 }), "extra"],
  ["a property of a RegExp", Object.assign(/a/, { extra: 1 }), "extra"],
  ["a property of a Buffer", Object.assign(Buffer.from("x"), { extra: 1 }), "extra"],
  ["a property of a long one", Object.assign(new Uint8Array(5_000), { extra: 1 }), "extra"],
  ["a property of an ArrayBuffer", Object.assign(new ArrayBuffer(1), { extra: 1 }), "extra"],
  ["a symbol on an array", Object.assign([1], { [key]: 1 }), "Symbol(key)"],
  [
    "a getter in an array",
    Object.defineProperty([1], 0, { get: () => 1, configurable: true }),
    "0",
  ],
  [
    "a class far down a long array",
    Object.assign(Array(5_000).fill(1), { extra: new URL("a:b") }),
    "extra",
  ],
  [
    "an arguments object",
    (function () {
      return arguments;
    })(),
    "Symbol(Symbol.iterator)",
  ],
];

describe("what a copy would lose", () => {
  it.each(irregular)(
    "is refused as argument, as capture and as result: %s",
    patience,
    async (_, value, path) => {
      const pool = testPool({ maxThreads: 1 });
      const where = { deep: [value] };
      expect(await pathOf(pool.run((x: unknown) => x, [where]))).toBe(`args.0.deep.0.${path}`);
      expect(await pathOf(pool.run(() => where.deep.length, []))).toBe(`where.deep.0.${path}`);
      expect(() => encodeValue(where, "result")).toThrow(NotTransferableError);
    },
  );

  it("is found in rows that are like each other, where they are captured", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const rows: object[] = Array.from({ length: 100 }, (_, id) => ({ id }));
    rows[70] = {
      get id() {
        throw new Error("is run");
      },
    };
    expect(await pathOf(pool.run(() => JSON.stringify(rows), []))).toBe("rows.70.id");
    rows[70] = { id: 1, [key]: 2 };
    expect(await pathOf(pool.run(() => JSON.stringify(rows), []))).toBe("rows.70.Symbol(key)");
  });
});

describe("what arrives as it was", () => {
  const tellings = async (pool: Threadpool, value: object): Promise<readonly unknown[][]> => {
    const tell = (value: object): unknown[] => [
      Object.isFrozen(value),
      Object.isSealed(value),
      Object.isExtensible(value),
      (value as { lastIndex?: number }).lastIndex,
      Object.keys(value).length,
    ];
    return [
      tell(value),
      await pool.run(tell, [value]),
      await pool.run(() => tell(value), []),
      tell(await pool.run((x: object) => x, [value])),
    ];
  };
  const expectSame = async (pool: Threadpool, value: object): Promise<void> => {
    const [here, ...others] = await tellings(pool, value);
    for (const there of others) expect(there).toEqual(here);
  };

  it("is what is frozen, sealed or closed, and where a search goes on", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const named = Object.assign(Array(100).fill(1), { name: "x" });
    for (const close of [Object.freeze, Object.seal, Object.preventExtensions]) {
      for (const make of [
        () => ({ a: 1 }),
        () => [1],
        () => new Map([[1, 2]]),
        () => new Set(),
        () => new Date(),
        () => /a/g,
        () => new Error("x"),
        () => named.slice(),
      ]) {
        await expectSame(pool, close(make()));
      }
    }
    await expectSame(pool, Object.assign(/a/g, { lastIndex: 2 }));
    await expectSame(pool, named);
    expect((await tellings(pool, Object.freeze({ a: 1 })))[3]).toEqual([
      true,
      true,
      false,
      undefined,
      1,
    ]);
  });

  it("has names that mean something elsewhere, and changes nothing there", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const text =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"toString":1,"then":2}';
    const value = JSON.parse(text) as object;
    for (const odd of [value, { value, error: new Error("x") }, [value, Buffer.from("x")]]) {
      expect(await pool.run((x: unknown) => JSON.stringify(x), [odd])).toBe(JSON.stringify(odd));
      expect(JSON.stringify(await pool.run((x: unknown) => x, [odd]))).toBe(JSON.stringify(odd));
    }
    const thrown = await rejectionOf(
      pool.run(
        (value: object) => {
          throw Object.defineProperties(new Error("x"), Object.getOwnPropertyDescriptors(value));
        },
        [value],
      ),
    );
    expect(Object.getOwnPropertyDescriptor(thrown, "__proto__")?.value).toEqual({ isAdmin: true });
    expect(thrown).toBeInstanceOf(Error);
    expect([({} as { isAdmin?: true }).isAdmin, (thrown as { isAdmin?: true }).isAdmin]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("is one object that is an argument twice, or captured as well", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const both = { name: "both" };
    const holding = { body: Buffer.from("x"), error: new Error("x") };
    const twice = (a: object, { b }: { b: object }): boolean => a === b;
    expect(await pool.run((given: object) => given === both, [both])).toBe(true);
    for (const value of [both, holding]) {
      expect(await pool.run(twice, [value, { b: value }])).toBe(true);
    }
    const isHeld = (given: { of: object }, ask: () => number): unknown[] => [
      given.of === holding,
      ask(),
    ];
    const ask = callback(() => 7);
    expect(await pool.run(isHeld, [{ of: holding }, ask])).toEqual([true, 7]);
    const { body } = holding;
    expect(await pool.run((given: Buffer) => [given === body, String(given)], [body])).toEqual([
      true,
      "x",
    ]);
  });

  it("is large without taking stack", { timeout: 60_000 }, async () => {
    const pool = testPool({ maxThreads: 1 });
    const many = Array.from({ length: 200_000 }, (_, n) => n);
    const map = new Map<unknown, unknown>(many.map((n) => [{ n }, n]));
    map.set("error", new Error("x"));
    const set = new Set<unknown>([...many, Buffer.from("x")]);
    const memory = Buffer.alloc(200_000);
    const views = many.map((n) => memory.subarray(n, n + 1));
    const sizes = (map: Map<unknown, unknown>, set: Set<unknown>, views: Buffer[]): number[] => [
      map.size,
      set.size,
      views.length,
    ];
    expect(await pool.run(sizes, [map, set, views])).toEqual([200_001, 200_001, 200_000]);
  });
});
