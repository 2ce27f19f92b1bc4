import { describe, expect, it } from "vitest";
import { transfer } from "../../lib/index.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";
import { patience, testPool } from "../support/threads.ts";

/** What the other thread gets. */
function sent<T>(value: T): T {
  return decodeValue(structuredClone(encodeValue(value, "args"))) as T;
}

/** The types of Node 20 leave it out. */
const { Memory } = Reflect.get(globalThis, "WebAssembly") as {
  Memory: new (options: { initial: number }) => { buffer: ArrayBuffer };
};

const workerModule = "skein/worker";
const neighbour = Buffer.from("TOP-SECRET-NEIGHBOUR");
const sizes = [1, 255, 256, 257, 2_000];
const rows = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

describe("a view of a part of some memory", () => {
  it.each(sizes)("takes nothing else of it along, beside %i objects", (count) => {
    const pooled = Buffer.from("mine");
    const memory = new ArrayBuffer(64);
    const received = sent({
      rows: rows(count),
      pooled,
      view: new Uint8Array(pooled.buffer, pooled.byteOffset, 4),
      data: new DataView(memory, 3, 5),
      big: new BigInt64Array(memory, 32, 2),
      map: new Map([[Buffer.from("key"), new Set([Buffer.from("item")])]]),
      error: Object.assign(new Error("x"), { body: Buffer.from("body") }),
    });
    const [[key, set]] = received.map as unknown as [[Buffer, Set<Buffer>]];
    const { body } = received.error;
    const views = [received.pooled, received.view, received.data, received.big, key, ...set, body];
    for (const view of views) {
      expect(view.buffer.byteLength).toBeLessThanOrEqual(view.byteLength + 7);
      expect(Buffer.from(view.buffer).includes("SECRET")).toBe(false);
    }
    expect([received.pooled, key, ...set, body].map(String)).toEqual([
      "mine",
      "key",
      "item",
      "body",
    ]);
    expect(received.rows).toEqual(rows(count));
  });

  it("goes on sharing with those that it overlaps, whatever their kinds", () => {
    const memory = new ArrayBuffer(64);
    const value = [
      new Uint8Array(memory, 3, 10),
      new Float64Array(memory, 8, 2),
      Buffer.from(memory, 20, 8),
      new Uint8Array(memory, 40, 2),
    ] as const;
    const [bytes, numbers, buffer, far] = sent(value);
    bytes[5] = 1;
    expect(new Uint8Array(numbers.buffer, numbers.byteOffset)[0]).toBe(1);
    expect(buffer.buffer).toBe(bytes.buffer);
    expect(Buffer.isBuffer(buffer)).toBe(true);
    expect(far.buffer).not.toBe(bytes.buffer);
    expect([far.buffer.byteLength, bytes.buffer.byteLength]).toEqual([2, 28]);
  });

  it("keeps its memory where all of that travels anyway", () => {
    const memory = new ArrayBuffer(8);
    const halves = [new Uint8Array(memory, 0, 4), new Uint8Array(memory, 4, 4)] as const;
    expect(encodeValue(halves, "args")).toBe(halves);
    const [left, right] = sent(halves);
    expect(left.buffer).toBe(right.buffer);
    const [whole, part] = sent([memory, halves[1]] as const);
    expect(part.buffer).toBe(whole);
    const shared = Buffer.from(new SharedArrayBuffer(8), 2, 2);
    expect((encodeValue([shared], "args") as object).constructor).toBe(Object);
    expect(sent([shared])[0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("is one object wherever it is", () => {
    const pooled = Buffer.from("same");
    const [a, { b }] = sent([pooled, { b: pooled }] as const);
    expect(a).toBe(b);
  });

  it("does so by any way to a thread and back", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const measure = (view: Uint8Array): number[] => [view.length, view.buffer.byteLength];
    const mine = Buffer.from("mine");
    expect(await pool.run(measure, [mine])).toEqual([4, 4]);
    expect(await pool.run(() => measure(mine), [])).toEqual([4, 4]);
    const many = await pool.run(
      (view: Uint8Array) => ({ made: Buffer.from(view), many: Array(999).fill({}) as object[] }),
      [mine],
    );
    expect(measure(many.made)).toEqual([4, 4]);
    expect(measure(await pool.run((view: Uint8Array) => Buffer.from(view), [mine]))).toEqual([
      4, 4,
    ]);
    const thrown: unknown = await pool
      .run(
        (view: Uint8Array) => {
          throw Object.assign(new Error("x"), { body: Buffer.from(view) });
        },
        [mine],
      )
      .catch((error: unknown) => error);
    expect(measure((thrown as { body: Buffer }).body)).toEqual([4, 4]);
    const items = function* (view: Uint8Array): Generator<Uint8Array> {
      yield Buffer.from(view);
    };
    for await (const item of pool.iterate(items, [mine])) expect(measure(item)).toEqual([4, 4]);
    expect(neighbour.toString()).toBe("TOP-SECRET-NEIGHBOUR");
  });
});

describe("memory that cannot move", () => {
  it("is copied, and the rest moves", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const small = Buffer.from("pooled");
    const { buffer } = new Memory({ initial: 1 });
    const large = new Uint8Array(10_000);
    const value = { small, large, wasm: new Uint8Array(buffer) };
    const sizes = await pool.run(
      ({ small, large, wasm }) => [small.buffer.byteLength, large.length, wasm.length],
      [transfer(value, [small.buffer as ArrayBuffer, large.buffer, buffer])],
    );
    expect(sizes).toEqual([6, 10_000, 65_536]);
    expect([small.toString(), large.length, buffer.byteLength]).toEqual(["pooled", 0, 65_536]);
  });

  it.each([1, 3_000, 5_000])("is that of a Buffer of %i bytes, or not", patience, async (size) => {
    const pool = testPool({ maxThreads: 1 });
    const text = "x".repeat(size);
    expect(await pool.run((b: Buffer) => String(b), [transfer(Buffer.from(text))])).toBe(text);
    const back = async (text: string): Promise<Uint8Array> => {
      const { transfer } = (await import(workerModule)) as typeof import("skein/worker");
      return transfer(Buffer.from(text));
    };
    expect(String(await pool.run(back as (text: string) => unknown, [text]))).toBe(text);
    expect(neighbour.toString()).toBe("TOP-SECRET-NEIGHBOUR");
  });
});

describe("two views of one memory that moves", () => {
  it("move it once", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const memory = new ArrayBuffer(8);
    const [left, right] = [new Uint8Array(memory, 0, 4), new Uint8Array(memory, 4, 4)] as const;
    const same = (a: Uint8Array, b: Uint8Array): boolean => a.buffer === b.buffer;
    expect(await pool.run(same, [transfer(left), transfer(right)], { transfer: [memory] })).toBe(
      true,
    );
    expect(memory.byteLength).toBe(0);
  });

  it("are refused once it has moved", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const view = new Uint8Array(8);
    structuredClone(view, { transfer: [view.buffer] });
    await expect(pool.run((a: unknown) => a, [{ view }])).rejects.toMatchObject({
      name: "NotTransferableError",
      message: expect.stringMatching(/^`args\[0\]\.view` is memory that has moved/) as string,
    });
  });
});
