import { generateKeyPairSync, createSecretKey } from "node:crypto";
import { execSync } from "node:child_process";
import { Serializer } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deserializeThrown,
  deserializeValue,
  serializeThrown,
  serializeValue,
} from "../../lib/executor.ts";
import { callback, CancelledError, NotTransferableError } from "../../lib/index.ts";
import { MARK } from "../../lib/threads/codec/values.ts";
import { differenceOf } from "../support/same-value.ts";
import { thrownBy } from "../support/rejection-of.ts";

const crossed = (value: unknown): unknown =>
  deserializeValue(serializeValue(value, "args"), "args");

const bytesOf = (encoded: unknown): Uint8Array => {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(encoded);
  return serializer.releaseBuffer();
};

const outcomeOf = (read: () => unknown): unknown => {
  try {
    return typeof read() === "function" ? "a function" : "data";
  } catch (error) {
    return error instanceof NotTransferableError ? "refused" : error;
  }
};

/** What `encodeValue` makes of a value that needs more than structured clone. */
const holder = (parts: object): object => ({
  [MARK]: true,
  target: { root: {} },
  buffers: [],
  bare: [],
  closed: [],
  patches: [],
  ...parts,
});

describe("serializeValue", () => {
  const memory = new Uint8Array([1, 2, 3, 4]).buffer;
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle["self"] = cycle;

  it.each<[string, unknown]>([
    ["primitives", [undefined, null, true, -0, Number.NaN, 10n ** 30n, "text", Symbol.for("a")]],
    ["dates and expressions", [new Date(5), Object.assign(/a/giu, { lastIndex: 2 })]],
    [
      "Maps and Sets, with cycles through them",
      new Map<unknown, unknown>([[cycle, new Set([cycle])]]),
    ],
    ["Buffers, pooled ones as well", [Buffer.from("pooled"), Buffer.alloc(3), Buffer.alloc(0)]],
    [
      "two views of one memory",
      [new Uint8Array(memory, 0, 2), new Uint8Array(memory, 1, 3), memory],
    ],
    [
      "views of every kind",
      [new Float64Array([1.5]), new DataView(new ArrayBuffer(3)), new BigInt64Array([1n])],
    ],
    [
      "frozen, sealed and bare objects",
      [Object.freeze({ a: 1 }), Object.seal([1]), Object.create(null)],
    ],
    ["sparse arrays", Object.assign(Array.from({ length: 3 }), { 9: 1 })],
    [
      "errors, with all they carry",
      Object.assign(new RangeError("far", { cause: new CancelledError("c", "cancel") }), {
        code: "E",
      }),
    ],
    ["names that have a meaning elsewhere", JSON.parse('{"__proto__": {"constructor": 1}}')],
  ])("carries %s", (_, value) => {
    expect(differenceOf(value, crossed(value))).toBeUndefined();
  });

  it("carries any value as structured clone does", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(differenceOf(value, crossed(value))).toBeUndefined();
        },
      ),
    );
  });

  const shared = new SharedArrayBuffer(4);
  it.each<[string, unknown, RegExp]>([
    [
      "a built-in function",
      execSync,
      /the function `execSync`, which cannot be sent to another machine/,
    ],
    ["a built-in function of the language", Math.max, /the function `max`/],
    ["a built-in object", process, /which cannot be sent to another machine/],
    ["a function", () => 1, /Send data and call the function where it lives/],
    ["a callback", callback(() => 1), /Send data and call the function where it lives/],
    ["a symbol", Symbol("own"), /Symbol\(own\)/],
    ["shared memory", shared, /memory that threads share/],
    ["a view of shared memory", new Uint8Array(shared), /memory that threads share/],
    ["a secret key", createSecretKey(Buffer.from("key")), /Send what its `export\(\)` gives/],
    [
      "a private key",
      generateKeyPairSync("ed25519").privateKey,
      /Send what its `export\(\)` gives/,
    ],
    [
      "a port",
      new MessageChannel().port1,
      /an instance of MessagePort, which cannot be sent to another machine/,
    ],
    [
      "a stream",
      new ReadableStream(),
      /an instance of ReadableStream, which cannot be sent to another machine/,
    ],
    ["a Blob", new Blob([]), /Send `await blob.arrayBuffer\(\)`/],
    ["an instance of a class", new (class Money {})(), /an instance of Money/],
    ["a Proxy", new Proxy({}, {}), /an instance of Proxy/],
  ])("refuses %s, and says where it is", (_, value, message) => {
    const error = thrownBy(() =>
      serializeValue([{ deep: [value] }], "args"),
    ) as NotTransferableError;
    expect(error).toBeInstanceOf(NotTransferableError);
    expect(error.path).toEqual(["args", "0", "deep", "0"]);
    expect(error.message).toMatch(/^`args\[0\]\.deep\[0\]` is /);
    expect(error.message).toMatch(message);
  });
});

describe("deserializeValue", () => {
  it.each<[string, unknown]>([
    [
      "a built-in function",
      holder({
        patches: [[{}, "f", { kind: "builtin", path: ["node:child_process", "execSync"] }]],
      }),
    ],
    [
      "a function of the owner of a thread",
      holder({ patches: [[{}, "f", { kind: "hook", payload: {} }]] }),
    ],
    ["something of no kind", holder({ patches: [[{}, "f", {}]] })],
    ["a place in nothing", holder({ patches: [[undefined, "f", { kind: "map", entries: [] }]] })],
    ["a place without a name", holder({ patches: [[{}, {}, { kind: "map", entries: [] }]] })],
    ["a Buffer that is none", holder({ buffers: [{}] })],
    ["lists that are none", holder({ buffers: undefined })],
    [
      "a list that is longer than it can be",
      holder({ closed: Object.assign([], { length: 4_294_967_295 }) }),
    ],
    ["no target", holder({ target: undefined })],
  ])("refuses bytes that stand for %s", (_, encoded) => {
    expect(() => deserializeValue(bytesOf(encoded), "args")).toThrow(NotTransferableError);
  });

  it("makes no more than data of bytes that were changed, and ends", () => {
    const values = [
      [1, "text", new Map([[1, { a: [new Date(1)] }]])],
      Object.freeze([Buffer.from("abc"), new RangeError("r")]),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...values.map((value) => serializeValue(value, "args"))),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (bytes, changes, cut) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          const short = cut % 3 === 0 ? changed.subarray(0, cut % changed.length) : changed;
          const outcome = outcomeOf(() => deserializeValue(short, "args"));
          expect(outcome).toBeOneOf(["data", "refused"]);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe("serializeThrown", () => {
  it("carries an error whole, with what says so in the place of what cannot be sent", () => {
    const error = new TypeError("outer", {
      cause: new AggregateError([new RangeError("in")], "many"),
    });
    Object.assign(error, {
      code: "E",
      run: execSync,
      shared: new SharedArrayBuffer(2),
      key: createSecretKey(Buffer.from("k")),
    });
    const there = deserializeThrown(serializeThrown(error)) as TypeError & Record<string, unknown>;
    expect(there).toBeInstanceOf(TypeError);
    expect(there).toMatchObject({ code: "E", run: "[Function: execSync]", message: "outer" });
    expect([there["shared"], there["key"]]).toEqual([
      "[SharedArrayBuffer]",
      expect.stringMatching(/KeyObject/),
    ]);
    expect((there.cause as AggregateError).errors[0]).toBeInstanceOf(RangeError);
  });

  it("never throws", () => {
    for (const thrown of [
      undefined,
      5,
      () => 1,
      Symbol("s"),
      new Proxy({}, {}),
      new SharedArrayBuffer(1),
    ]) {
      expect(() => deserializeThrown(serializeThrown(thrown))).not.toThrow();
    }
  });

  it("joins the stack of the call to that of the other side", () => {
    const there = deserializeThrown(
      serializeThrown(new Error("e")),
      "Error\n    at here (file.ts:1:1)",
    ) as Error;
    expect(there.stack).toContain("at here (file.ts:1:1)");
  });
});
