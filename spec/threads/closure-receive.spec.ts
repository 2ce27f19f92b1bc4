import assert from "node:assert";
import { parse } from "acorn";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { ShipError } from "../../lib/errors.ts";
import { declareFunction } from "../../lib/threads/closure/declared.ts";
import { likenessOf } from "../../lib/threads/closure/likeness.ts";
import { ReceivedFunctions, type ShippedCode } from "../../lib/threads/closure/receive.ts";
import { shipFunction } from "../../lib/threads/closure/ship.ts";

type AnyFunction = (...args: never[]) => unknown;

const factor = 10;
const fixture = new URL("./closure-declarations.ts", import.meta.url).href;

const acorn = {
  home: import.meta.url,
  specifier: "acorn",
  how: "import",
  names: ["parse"],
  isWrapped: false,
  type: undefined,
  isStatic: true,
} as const;

const url =
  "data:text/javascript,const make = (n) => () => n; export const one = make(1); export const two = make(2)";
const twin = { url, ...((await import(url)) as { one: () => number; two: () => number }) };

/** Ships and receives in one thread. */
async function received(fn: AnyFunction): Promise<(...args: unknown[]) => unknown> {
  const functions = new ReceivedFunctions();
  const shipment = shipFunction(fn);
  const { code, values } = structuredClone({ code: shipment.code, values: shipment.values });
  expect(functions.has(code.id)).toBe(false);
  await functions.load(code);
  expect(functions.has(code.id)).toBe(true);
  return functions.instantiate(code.id, values);
}

describe("ReceivedFunctions", () => {
  it("loads a program at once, and gives a new instance for every set of values", () => {
    const functions = new ReceivedFunctions();
    const box = { n: 0 };
    const bump = (): number => ++box.n;
    const { code, values } = shipFunction(bump);
    expect(functions.load(code)).toBeUndefined();
    const first = functions.instantiate(code.id, structuredClone(values));
    const second = functions.instantiate(code.id, structuredClone(values));
    expect([first(), first(), second()]).toEqual([1, 2, 1]);
  });

  it("gives one instance of what captures nothing", () => {
    const functions = new ReceivedFunctions();
    const { code } = shipFunction((a: number) => a + 1);
    void functions.load(code);
    expect(functions.instantiate(code.id, undefined)).toBe(
      functions.instantiate(code.id, undefined),
    );
  });

  it("has the very same built-ins", async () => {
    expect(await received(Math.max)).toBe(Math.max);
    const use = await received(() => [Math.max, globalThis] as const);
    expect(use()).toEqual([Math.max, globalThis]);
  });

  it("makes classes after what they are made of, circles included", async () => {
    const mixed = <C>(base: C): C => base;
    const start = (): number => new Leaf().grow() + factor;
    class Base {
      static readonly made: number = start.length + 1;
      grow(): number {
        return Base.made + (this instanceof Leaf ? Leaf.extra : 0);
      }
    }
    class Leaf extends mixed(Base) {
      static readonly extra = Base.made * 2;
    }
    expect((await received(start))()).toBe(start());
  });

  it("makes objects of functions and of classes", async () => {
    class Point {
      readonly x = factor;
    }
    const registry = { Point, make: () => new registry.Point(), list: [() => factor] };
    const use = (): unknown => [registry.make().x, registry.list.map((fn) => fn())];
    expect((await received(use))()).toEqual([10, [10]]);
  });

  it("sends an object once, though a function inside it uses it", () => {
    const state = { n: 1, read: (): number => state.n };
    const { code } = shipFunction(() => [state, state.read()]);
    const slot = ["state", { kind: "value", index: 0 }];
    expect(code).toMatchObject({ functions: [{ variables: [slot] }, { variables: [slot] }] });
  });

  it("lets the counters of coverage tools replace themselves", async () => {
    const counted = vm.runInThisContext(
      `(() => { const hits = { n: 0 };
       function cov_1a2b() { const actual = hits; cov_1a2b = function () { return actual; }; return actual; }
       return () => { cov_1a2b().n++; cov_1a2b().n++; return cov_1a2b().n; }; })()`,
    ) as AnyFunction;
    expect((await received(counted))()).toBe(2);
  });

  it("imports the module of a declaration", async () => {
    const functions = new ReceivedFunctions();
    const code = await declaration(0);
    const loading = functions.load(code);
    expect(loading).toBeInstanceOf(Promise);
    await loading;
    expect(functions.instantiate(code.id, undefined)(2)).toBe(20);
  });

  it.each([
    [
      "the module cannot be imported",
      { url: "file:///nowhere.mjs" },
      /importing the module failed/,
    ],
    ["the module has no such declaration", { index: 9 }, /declares other functions there/],
    ["the declaration is another", { source: "() => 2" }, /declares other functions there/],
  ])("refuses a declaration when %s", async (_, change, says) => {
    const functions = new ReceivedFunctions();
    const failure = await Promise.resolve(
      functions.load({ ...(await declaration(0)), ...change } as ShippedCode),
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ShipError);
    expect((failure as Error).message).toMatch(says);
  });

  it("imports what a module imports, in place of sending it", async () => {
    const use = (text: string): unknown => parse(text, { ecmaVersion: 2022 }).type;
    const reference = { specifier: "acorn", names: ["parse"], how: "import" };
    const { code } = shipFunction(use);
    expect(code).toMatchObject({ functions: [{}], imports: [{}] });
    expect(
      (code as unknown as { imports: { sources: unknown[] }[] }).imports[0]?.sources[0],
    ).toMatchObject([reference]);
    expect((await received(use))("1")).toBe("Program");
  });

  it("says why a module cannot be imported", async () => {
    const source = { ...acorn, home: "file:///nowhere/program.mjs" };
    const value = { label: "parse", sources: [[source]], likeness: likenessOf(parse) };
    const loading = new ReceivedFunctions().load({ kind: "imported", id: "x", value });
    await expect(loading).rejects.toThrow(/could not be imported \(Cannot find package 'acorn'/);
  });

  it("refuses what an import gives that is not what it has to be", async () => {
    const functions = new ReceivedFunctions();
    const source = { ...acorn, names: ["tokenizer"] };
    const value = { label: "parse", sources: [[source]], likeness: likenessOf(parse) };
    await expect(functions.load({ kind: "imported", id: "x", value })).rejects.toThrow(
      /`parse` from "acorn".*is not what it is in the calling thread/,
    );
  });

  it("finds the members of a module that is a function where a compiler has made a namespace of it", async () => {
    const source = { ...acorn, specifier: "node:assert", how: "require", isWrapped: true } as const;
    const functions = new ReceivedFunctions();
    const wanted = { strictEqual: assert.strictEqual, default: assert };
    const loading = Object.entries(wanted).map(async ([label, value]) => {
      const sources = [[{ ...source, names: [label] }]];
      const imported = { label, sources, likeness: likenessOf(value) };
      await functions.load({ kind: "imported", id: label, value: imported });
    });
    await expect(Promise.all(loading)).resolves.toHaveLength(2);
  });

  it("refuses what may be one of several functions", async () => {
    const functions = new ReceivedFunctions();
    const texts = [twin.one, twin.two].map(String);
    expect(texts[0]).toBe(texts[1]);
    const sources = [
      [
        { ...acorn, home: fixture, specifier: twin.url, names: ["one"] },
        { ...acorn, home: fixture, specifier: twin.url, names: ["two"] },
      ],
    ];
    const value = { label: "one", sources, likeness: likenessOf(twin.one) };
    await expect(functions.load({ kind: "imported", id: "x", value })).rejects.toThrow(
      /one of several functions with the same text/,
    );
  });
});

async function declaration(index: number): Promise<ShippedCode> {
  const { declared } = await import("./closure-declarations.ts");
  return { kind: "declared", id: "declared", url: fixture, index, source: String(declared[index]) };
}

describe("declareFunction", () => {
  it("falls back to the source where the module cannot be imported", () => {
    const fn = (n: number): number => n * factor;
    declareFunction({ url: import.meta.url }, fn);
    expect(shipFunction(fn).code.kind).toBe("program");
  });

  it("ships a reference where it can, and the source when that is asked for", () => {
    const fn = (n: number): number => n * factor;
    declareFunction({ url: "file:///project/node_modules/some/index.mjs" }, fn);
    expect(shipFunction(fn).code).toMatchObject({ kind: "declared", index: 0 });
    expect(shipFunction(fn, { asSource: true }).code.kind).toBe("program");
  });
});
