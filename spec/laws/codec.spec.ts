import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NotTransferableError, Threadpool } from "../../lib/index.ts";
import { encodeThrown, decodeThrown } from "../../lib/threads/codec/errors.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";
import { differenceOf } from "../support/same-value.ts";

/** On a machine that does much else. */
const patience = { timeout: 60_000 };

class Money {
  amount = 1;
}

/** Counts what a value has run of its own, which is to be nothing. */
let runs = 0;
const run = (): number => ++runs;
const trap = new Proxy({}, { get: () => run });

const memory = Uint8Array.from({ length: 32 }, (_, n) => n).buffer;

const carried: readonly (() => unknown)[] = [
  () => 1.5,
  () => -0,
  () => "text",
  () => 1n,
  () => null,
  () => undefined,
  () => Symbol.for("shared"),
  () => Symbol.iterator,
  () => Math.max,
  () => new Date(5),
  () => new Date(Number.NaN),
  () => Object.assign(/a/g, { lastIndex: 3 }),
  () => /b/i,
  () => Object("boxed") as unknown,
  () => Object(true) as unknown,
  () => new Uint8Array(3),
  () => new Float64Array(memory, 8, 1),
  () => new DataView(new ArrayBuffer(4)),
  () => new ArrayBuffer(2),
  () => Buffer.from("pooled"),
  () => Buffer.alloc(4),
  () => Object.freeze(new Date(7)),
];

const refused: readonly (() => unknown)[] = [
  () => Symbol("own"),
  () => () => 1,
  () => new Money(),
  () => new (class Bag extends Map {})(),
  () => new URL("http://a"),
  () => new Proxy({}, trap as ProxyHandler<object>),
  () => Object.create(new Proxy({}, trap as ProxyHandler<object>)) as unknown,
  () => Object.create(Date.prototype) as unknown,
  () => new MessageChannel().port1,
  () => Promise.resolve(),
];

/** What makes one object of a kind that holds others. */
const makers = {
  object: () => ({}),
  array: () => [],
  map: () => new Map(),
  set: () => new Set(),
  bare: () => Object.create(null) as object,
  error: () => new TypeError("bad"),
} as const;
type Maker = keyof typeof makers;

/** What can be odd about an object. */
const oddities = {
  symbol: (object: object) => Object.assign(object, { [Symbol.for("key")]: 1 }),
  accessor: (object: object) => define(object, "odd", { get: run, enumerable: true }),
  hidden: (object: object) => define(object, "odd", { value: 1 }),
  fixed: (object: object) => define(object, "odd", { value: 1, enumerable: true }),
  expando: (object: object) => Object.assign(object, { odd: 1 }),
  toJSON: (object: object) => define(object, "toJSON", { get: run, enumerable: true }),
  constructor: (object: object) => define(object, "constructor", { get: run, enumerable: true }),
  tag: (object: object) => define(object, Symbol.toStringTag, { get: run }),
} as const;

const define = (object: object, key: PropertyKey, how: PropertyDescriptor): object =>
  Object.defineProperty(object, key, { configurable: true, ...how });

const closures: readonly ((object: object) => object)[] = [
  Object.freeze,
  Object.seal,
  Object.preventExtensions,
];

interface Node {
  readonly maker: Maker;
  readonly edges: readonly (readonly [key: string, target: number | (() => unknown)])[];
  readonly oddity: keyof typeof oddities | undefined;
  readonly closure: (typeof closures)[number] | undefined;
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 8 });

/** Objects in any relation to each other, of which the first is the value. So few that all are looked at closely. */
const graph: fc.Arbitrary<readonly Node[]> = fc.array(
  fc.record<Node>({
    maker: fc.constantFrom(...(Object.keys(makers) as Maker[])),
    edges: fc.array(
      fc.tuple(
        fc.constantFrom("a", "b", "c", "0", "7", "__proto__", "constructor", "then", "length2"),
        fc.oneof(
          { weight: 5, arbitrary: fc.nat(9) },
          { weight: 5, arbitrary: fc.constantFrom(...carried) },
          { weight: 1, arbitrary: fc.constantFrom(...refused) },
        ),
      ),
      { maxLength: 4 },
    ),
    oddity: rarely(fc.constantFrom(...(Object.keys(oddities) as (keyof typeof oddities)[]))),
    closure: rarely(fc.constantFrom(...closures)),
  }),
  { minLength: 1, maxLength: 10 },
);

function build(nodes: readonly Node[]): unknown {
  const objects = nodes.map(({ maker }): object => makers[maker]());
  for (const [index, { edges, oddity, closure }] of nodes.entries()) {
    const object = objects[index]!;
    for (const [key, target] of edges) {
      const held = typeof target === "number" ? objects[target % objects.length] : target();
      if (object instanceof Map) object.set(key === "a" ? held : key, held);
      else if (object instanceof Set) object.add(held);
      else define(object, key, { value: held, enumerable: true, writable: true });
    }
    if (oddity !== undefined) oddities[oddity](object);
    closure?.(object);
  }
  return objects[0];
}

const isRefusal = (error: unknown): boolean =>
  error instanceof NotTransferableError && error.path[0] === "args";

function attempt<T>(run: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

describe("encodeValue", () => {
  it(
    "gives what makes the very same value, or refuses it, and runs nothing of it",
    patience,
    () => {
      const counts = { carried: 0, refused: 0 };
      fc.assert(
        fc.property(graph, (nodes) => {
          const value = build(nodes);
          runs = 0;
          const encoded = attempt(() => encodeValue([value], "args"));
          if ("error" in encoded) {
            counts.refused++;
            return runs === 0 && isRefusal(encoded.error);
          }
          const received = decodeValue(structuredClone(encoded.value)) as [unknown];
          counts.carried++;
          expect(runs).toBe(0);
          expect(differenceOf(value, received[0])).toBeUndefined();
          return true;
        }),
        { numRuns: 3_000 },
      );
      // A law of refusals alone would be none.
      expect(Math.min(counts.carried, counts.refused)).toBeGreaterThan(200);
    },
  );
});

describe("encodeThrown", () => {
  it(
    "gives what makes an error with all but what cannot cross, and runs nothing of it",
    patience,
    () => {
      fc.assert(
        fc.property(graph, (nodes) => {
          const value = build(nodes);
          const error = Object.assign(new RangeError("why", { cause: value }), {
            code: "E_ODD",
            value,
          });
          runs = 0;
          const received = decodeThrown(structuredClone(encodeThrown(error))) as typeof error;
          expect(runs).toBe(0);
          expect(received).toBeInstanceOf(RangeError);
          expect(received).toMatchObject({ message: "why", code: "E_ODD" });
          expect(Object.is(received.value, received.cause)).toBe(true);
        }),
        { numRuns: 1_500 },
      );
    },
  );
});

describe("Threadpool.run", () => {
  let pool: Threadpool;
  beforeAll(() => {
    pool = new Threadpool({ maxThreads: 1 });
  });
  afterAll(() => pool.destroy());

  it("gives back what it is given, or refuses it, in both directions", patience, async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (nodes) => {
        const value = build(nodes);
        runs = 0;
        const [difference, refusal] = await pool
          .run((value: unknown) => [value], [value])
          .then(
            ([received]) => [differenceOf(value, received), undefined],
            (error: unknown) => [undefined, error],
          );
        expect(runs).toBe(0);
        expect(difference).toBeUndefined();
        return refusal === undefined || isRefusal(refusal);
      }),
      { numRuns: 300 },
    );
  });
});
