import { createSecretKey } from "node:crypto";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { NotTransferableError } from "../../lib/errors.ts";
import { explainCloneFailure } from "../../lib/threads/codec/refusal.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";

/** What the other thread gets. */
function sent<T>(value: T): T {
  return decodeValue(structuredClone(encodeValue(value, "args"))) as T;
}

class Money {
  amount = 1;
}

describe("encodeValue", () => {
  it("gives plain data back as it is", () => {
    const value = { list: [1, { deep: new Map([["k", new Set([1])]]) }], bytes: new Uint8Array(3) };
    expect(encodeValue(value, "args")).toBe(value);
    expect(encodeValue("text", "args")).toBe("text");
  });

  it.each([
    [
      "a sparse array",
      () => Object.assign(Array.from({ length: 0 }), { 5: 1, length: 9, extra: "kept" }),
    ],
    ["dates and expressions", () => [new Date(5), /a/gi, 1n, undefined, -0, Number.NaN]],
    [
      "memory",
      () => [new Uint16Array([1, 2]), new DataView(new ArrayBuffer(2)), new Float64Array(1)],
    ],
    ["an object without prototype", () => Object.assign(Object.create(null), { a: { b: 1 } })],
    ["a property called __proto__", () => JSON.parse('{"__proto__":{"x":1},"y":2}')],
    ["a map with keys that are objects", () => new Map([[{ a: 1 }, new Set([[1]])]])],
    ["boxed primitives", () => [Object(1), Object("a"), Object(true)]],
  ] as [string, () => unknown][])("carries %s", (_, make) => {
    expect(sent(make())).toStrictEqual(make());
    // Beside something that needs encoding, containers are copied.
    expect(sent([make(), Symbol.iterator])[0]).toStrictEqual(make());
  });

  it("carries symbols that all threads share, and built-ins", () => {
    const value = {
      symbol: Symbol.for("a"),
      known: Symbol.asyncIterator,
      max: Math.max,
      of: [Array.from, Map],
    };
    expect(sent(value)).toEqual(value);
    expect(sent(Symbol.for("root"))).toBe(Symbol.for("root"));
    expect(sent(new Map([[Math.max, new Set([Symbol.for("b")])]]))).toEqual(
      new Map([[Math.max, new Set([Symbol.for("b")])]]),
    );
  });

  it("carries Buffers as Buffers", () => {
    const { small, large } = sent({ small: Buffer.from("abc"), large: Buffer.alloc(100_000, 7) });
    expect(Buffer.isBuffer(small) && small.toString()).toBe("abc");
    expect(small.buffer.byteLength).toBe(3);
    expect(Buffer.isBuffer(large) && large.length).toBe(100_000);
  });

  it("cuts a part of a large Buffer out instead of sending all of it", () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ n }));
    const large = Buffer.alloc(4_000_000);
    const received = sent({ rows, part: large.subarray(10, 20) });
    expect(received.part.buffer.byteLength).toBe(10);
    expect(received.rows).toEqual(rows);
  });

  it("leaves a Buffer whose memory is transferred in its memory", () => {
    const buffer = Buffer.from(new ArrayBuffer(64), 8, 8);
    const encoded = encodeValue([buffer], "args", { transfer: [buffer.buffer as ArrayBuffer] });
    const moved = structuredClone(encoded, { transfer: [buffer.buffer as ArrayBuffer] });
    expect((decodeValue(moved) as [Buffer])[0].byteOffset).toBe(8);
    expect(buffer.length).toBe(0);
  });

  it("keeps cycles and shared references, whether it must copy or not", () => {
    for (const special of [undefined, Symbol.for("x")]) {
      const shared = { special };
      const value: Record<string, unknown> = {
        a: shared,
        b: [shared],
        map: new Map([["s", shared]]),
      };
      value["self"] = value;
      const received = sent(value) as {
        a: object;
        b: object[];
        map: Map<string, object>;
        self: object;
      };
      expect(received.self).toBe(received);
      expect(received.b[0]).toBe(received.a);
      expect(received.map.get("s")).toBe(received.a);
    }
  });

  it("carries errors with all that is in them", () => {
    const failed = Object.assign(new TypeError("bad", { cause: { why: [1] } }), {
      code: "E_BAD",
      at: Symbol.for("s"),
    });
    const received = sent({ failed, again: failed });
    expect(received.failed).toBeInstanceOf(TypeError);
    expect(received.failed).toMatchObject({
      message: "bad",
      code: "E_BAD",
      cause: { why: [1] },
      at: Symbol.for("s"),
    });
    expect(received.again).toBe(received.failed);
  });

  it("carries objects of Node that know how to be cloned", () => {
    const key = createSecretKey(Buffer.from("secret"));
    expect((encodeValue({ key, blob: new Blob(["a"]) }, "args") as { key: unknown }).key).toBe(key);
  });

  it("carries plain data of another realm", () => {
    const value: unknown = vm.runInNewContext(
      "({ list: [1, new Map([[1, 2]])], at: new Date(3) })",
    );
    expect(encodeValue(value, "args")).toBe(value);
  });

  it("is not fooled by a value that looks encoded", () => {
    const value = { "\0skein": true, root: 1, buffers: [], bare: [], patches: [] };
    expect(sent(value)).toStrictEqual(value);
  });

  it.each([
    ["a function", { fn: () => 1 }, "args.fn", /function `fn`.*callback\(fn\)/],
    [
      "an instance of a class",
      [{ money: new Money() }],
      "args[0].money",
      /instance of Money.*lose its class/,
    ],
    [
      "a subclass of a container",
      { a: new (class Bag extends Map {})() },
      "args.a",
      /instance of Bag/,
    ],
    ["a URL", [new URL("http://a")], "args[0]", /URL.*`href`/],
    ["Headers", { h: new Headers() }, "args.h", /Headers.*\[\.\.\.headers\]/],
    ["a promise", [[Promise.resolve()]], "args[0][0]", /Await it first/],
    ["a local symbol", [Symbol("mine")], "args[0]", /Symbol\(mine\).*Symbol\.for/],
    ["a WeakMap", new Map([["k", new WeakMap()]]), 'args.get("k")', /WeakMap/],
    ["a generator", [(function* () {})()], "args[0]", /Generator/],
    [
      "an object with a prototype of its own",
      [Object.create({ a: 1 })],
      "args[0]",
      /prototype of its own/,
    ],
    ["a key that is no identifier", { "a b": [new Money()] }, 'args["a b"][0]', /Money/],
    ["something in an error", [new Error("x", { cause: new Money() })], "args[0].cause", /Money/],
    ["a proxy", { a: [new Proxy({}, {})] }, "args.a[0]", /Proxy.*copy of its target/],
    ["a port", [new MessageChannel().port1], "args[0]", /can move.*transfer\(/],
    ["detached memory", { m: detached() }, "args.m", /has moved/],
    ["a view of it", [new Error("x"), { m: [detachedView()] }], "args[1].m[0]", /has moved/],
    [
      "something beside the elements of an array",
      Object.assign([1], { extra: new Money() }),
      "args.extra",
      /Money/,
    ],
    ["something far out in a sparse array", sparse(new Money()), "args[4000000000]", /Money/],
  ] as [string, unknown, string, RegExp][])(
    "refuses %s, naming the path",
    (_, value, path, says) => {
      const failure = thrownBy(() => encodeValue(value, "args"));
      expect(failure).toBeInstanceOf(NotTransferableError);
      expect(failure.message).toContain(`\`${path}\``);
      expect(failure.message).toMatch(says);
    },
  );

  it("refuses what is nested too deeply, however it is built", () => {
    let [list, map, chain]: unknown[] = [1, 1, 1];
    const nodes: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth++) {
      list = [list];
      map = new Map([[depth, map]]);
      nodes.push((chain = { chain }));
    }
    for (const value of [list, map, [list, Symbol.iterator], nodes.toReversed()]) {
      const failure = thrownBy(() => encodeValue(value, "args"));
      expect(failure).toBeInstanceOf(NotTransferableError);
      expect(failure.message).toContain("nested too deeply");
      expect(failure.message.length).toBeLessThan(300);
    }
    // Visited from its other end, none of them is deep.
    expect(encodeValue(nodes, "args")).toBe(nodes);
  });

  it("asks the hook for what is the caller's own, and makes it again", () => {
    const encoded = encodeValue({ list: [new Money()], other: 1 }, "args", {
      onSpecial: (value) => (value instanceof Money ? { amount: value.amount } : undefined),
    });
    const decoded = decodeValue(structuredClone(encoded), {
      onSpecial: (special) => ["money", special],
    });
    expect(decoded).toEqual({ list: [["money", { amount: 1 }]], other: 1 });
  });
});

describe("explainCloneFailure", () => {
  it("names what has been put into a value since it was encoded", () => {
    const value: { a: unknown[] } = { a: [] };
    const encoded = encodeValue(value, "args");
    value.a.push(() => 1);
    const failure = thrownBy(() => structuredClone(encoded));
    expect(explainCloneFailure(failure, value, "args").message).toContain("`args.a[0]`");
  });

  it("says that a value is nested too deeply", () => {
    const failure = new RangeError("Maximum call stack size exceeded");
    expect(explainCloneFailure(failure, [], "args").message).toContain("nested too deeply");
  });
});

function sparse(last: unknown): unknown[] {
  const array: unknown[] = [];
  array[4_000_000_000] = last;
  return array;
}

function detached(): ArrayBuffer {
  const memory = new ArrayBuffer(8);
  structuredClone(memory, { transfer: [memory] });
  return memory;
}

function detachedView(): Uint8Array {
  const view = new Uint8Array(8);
  structuredClone(view, { transfer: [view.buffer] });
  return view;
}

function thrownBy(run: () => unknown): NotTransferableError {
  try {
    run();
  } catch (error) {
    return error as NotTransferableError;
  }
  throw new Error("nothing was thrown");
}
