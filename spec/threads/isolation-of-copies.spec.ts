import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callback, inline, provide, resolveDependencies } from "../../lib/index.ts";
import { cells, makeShort, open, patience, reached, testPool } from "../support/threads.ts";

describe("an iteration yields each item as it was at its yield", () => {
  it("where a generator reuses its row", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const rows = function* (): Generator<{ n: number; tags: string[] }> {
      const row = { n: 0, tags: [] as string[] };
      while (row.n < 100) {
        row.n++;
        row.tags = [...row.tags.slice(-2), `t${row.n}`];
        yield row;
      }
    };
    const here: string[] = [];
    for (const row of rows()) here.push(JSON.stringify(row));
    const there: string[] = [];
    for await (const row of pool.iterate(rows, [])) there.push(JSON.stringify(row));
    expect(there).toEqual(here);
  });

  it("where it reads a file into one buffer", patience, async () => {
    const folder = await mkdtemp(join(tmpdir(), "skein-chunks-"));
    const file = join(folder, "alphabet.txt");
    await writeFile(file, "abcdefghijklmnopqrstuvwxyz");
    const chunks = function* (file: string): Generator<Buffer> {
      const fs = process.getBuiltinModule("node:fs");
      const handle = fs.openSync(file, "r");
      const buffer = Buffer.alloc(4);
      try {
        for (let n; (n = fs.readSync(handle, buffer)) > 0;) yield buffer.subarray(0, n);
      } finally {
        fs.closeSync(handle);
      }
    };
    const pool = testPool({ maxThreads: 1 });
    let text = "";
    for await (const chunk of pool.iterate(chunks, [file])) text += Buffer.from(chunk).toString();
    await rm(folder, { recursive: true });
    expect(text).toBe("abcdefghijklmnopqrstuvwxyz");
  });

  it("where an array grows", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const growing = function* (): Generator<number[]> {
      const all: number[] = [];
      for (let n = 0; n < 40; n++) {
        all.push(n);
        yield all;
      }
    };
    const lengths: number[] = [];
    for await (const all of pool.iterate(growing, [])) lengths.push(all.length);
    expect(lengths).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it(
    "where it is in another one, a map changes, and an error is used again",
    patience,
    async () => {
      const pool = testPool({ maxThreads: 1 });
      const growing = function* (): Generator<{
        all: number[];
        map: Map<string, number>;
        error: Error;
      }> {
        const all: number[] = [];
        const map = new Map<string, number>();
        const error = new Error("none");
        for (let n = 0; n < 40; n++) {
          all.push(n);
          map.set(`k${n % 3}`, n);
          error.message = `number ${n}`;
          yield { all, map, error };
        }
      };
      let n = 0;
      for await (const { all, map, error } of pool.iterate(growing, [])) {
        expect([all.length, map.get(`k${n % 3}`), error.message]).toEqual([
          n + 1,
          n,
          `number ${n}`,
        ]);
        n++;
      }
      expect(n).toBe(40);
    },
  );

  it("where a typed array is filled anew, of every size", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const filled = function* (length: number): Generator<Float64Array> {
      const array = new Float64Array(length);
      for (let n = 0; n < 20; n++) yield array.fill(n);
    };
    for (const length of [1, 8, 300, 20_000]) {
      const seen: number[] = [];
      for await (const array of pool.iterate(filled, [length])) {
        seen.push(array[0]!, array.at(-1)!);
      }
      expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => Math.floor(i / 2)));
    }
  });

  it("where the item cannot be sent any more when its batch ends", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const spoiling = function* (): Generator<Record<string, unknown>> {
      const row: Record<string, unknown> = { n: 1 };
      yield row;
      row["f"] = () => 1;
      yield { n: 2 };
    };
    const items: unknown[] = [];
    for await (const item of pool.iterate(spoiling, [])) items.push(item);
    expect(items).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe("two calls of one turn share no copy", () => {
  it("of an argument, of functions known to be short", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const sorted = (rows: number[]): string =>
      rows.toSorted((a, b) => a - b).join() + rows.sort((a, b) => a - b).length;
    const first = (rows: number[]): number => rows[0]!;
    const longer = (rows: number[]): number => rows.push(9);
    const rows = [3, 1, 2];
    await makeShort(() =>
      Promise.all([sorted, first, longer].map((fn) => pool.run(fn as never, [rows]))),
    );
    for (let round = 0; round < 100; round++) {
      const all = [
        pool.run(sorted, [rows]),
        pool.run(first, [rows]),
        pool.run(longer, [rows]),
        pool.run(first, [rows]),
        pool.run(longer, [rows]),
      ];
      expect(await Promise.all<unknown>(all)).toEqual(["1,2,33", 3, 4, 3, 4]);
    }
    expect(rows).toEqual([3, 1, 2]);
  });

  it("of what they capture", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const rows = [3, 1, 2];
    const state = { count: 0 };
    const sort = (): string => {
      state.count++;
      return `${rows.sort((a, b) => a - b).join()} ${state.count}`;
    };
    const read = (): string => `${rows.join()} ${state.count}`;
    await makeShort(() => Promise.all([pool.run(sort, []), pool.run(read, [])]));
    for (let round = 0; round < 50; round++) {
      const all = [pool.run(sort, []), pool.run(read, []), pool.run(sort, []), pool.run(read, [])];
      expect(await Promise.all(all)).toEqual(["1,2,3 1", "3,1,2 0", "1,2,3 1", "3,1,2 0"]);
    }
    expect([rows, state.count]).toEqual([[3, 1, 2], 0]);
  });

  it("of bytes, also of an argument that another one captures", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const bytes = new Uint8Array([1, 2, 3]);
    const scrub = (bytes: Uint8Array): number => bytes.fill(0).length;
    const sum = (): number => bytes.reduce((all, n) => all + n, 0);
    const sumOf = (bytes: Uint8Array): number => bytes.reduce((all, n) => all + n, 0);
    await makeShort(() =>
      Promise.all([pool.run(scrub, [bytes]), pool.run(sum, []), pool.run(sumOf, [bytes])]),
    );
    for (let round = 0; round < 50; round++) {
      const all = [pool.run(scrub, [bytes]), pool.run(sum, []), pool.run(sumOf, [bytes])];
      expect(await Promise.all(all)).toEqual([3, 6, 6]);
    }
  });

  it("of a value that two providers take", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const rows = inline(() => [3, 1, 2]);
    const sorted = provide({ rows }, ({ rows }) => rows.sort((a, b) => a - b).join());
    const first = provide({ rows }, ({ rows }) => rows[0]);
    const longer = provide({ rows }, ({ rows }) => rows.push(9));
    const seen = new Set<string>();
    for (let request = 0; request < 300; request++) {
      const values = await resolveDependencies({ sorted, first, longer }, { pool });
      seen.add(JSON.stringify({ ...values }));
    }
    expect([...seen]).toEqual(['{"sorted":"1,2,3","first":3,"longer":4}']);
  });

  it("of what a callback answers", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const rows = [3, 1, 2];
    const ask = callback(() => rows);
    const sort = (ask: () => number[]): string =>
      `${ask()
        .sort((a, b) => a - b)
        .join()} ${ask().join()}`;
    const calls = Array.from({ length: 10 }, () => pool.run(sort, [ask]));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["1,2,3 3,1,2"]));
  });

  it("but one call has one copy of what it gets twice", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const same = (a: unknown[], b: { of: unknown[] }): boolean => a === b.of;
    const rows = [1];
    await makeShort(() => pool.run(same, [rows, { of: rows }]));
    const calls = Array.from({ length: 10 }, () => pool.run(same, [rows, { of: rows }]));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([true]));
  });
});

describe("a call has what its values were at the moment of the call", () => {
  const first = (bytes: Uint8Array): number => bytes[0]!;

  it.each([true, false])(
    "where a buffer is used again, for a function known to be short: %s",
    patience,
    async (isShort) => {
      const pool = testPool({ maxThreads: 1 });
      await pool.run(() => 0, []);
      const bytes = Buffer.alloc(4);
      if (isShort) await makeShort(() => pool.run(first, [bytes]));
      const calls = Array.from({ length: 40 }, (_, n) => {
        bytes.fill(n);
        return pool.run(first, [bytes]);
      });
      expect(await Promise.all(calls)).toEqual(calls.map((_, n) => n));
    },
  );

  it("where an object is changed, as argument and as capture", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const state = { n: 0 };
    const read = (given: { n: number }): [number, number] => [given.n, state.n];
    await pool.run(read, [state]);
    const calls = Array.from({ length: 20 }, (_, n) => {
      state.n = n;
      return pool.run(read, [state]);
    });
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => [n, n]));
  });

  it("where it waits in the queue", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const gate = cells();
    const wait = (gate: Int32Array): void => {
      Atomics.store(gate, 1, 1);
      Atomics.wait(gate, 0, 0);
    };
    const blocked = pool.run(wait, [gate]);
    await reached(gate, 1);
    const bytes = new Uint8Array([1]);
    const call = pool.run(first, [bytes]);
    const held = pool.hold(
      function* (bytes: Uint8Array) {
        yield bytes[0];
      },
      [bytes],
    );
    bytes[0] = 2;
    open(gate);
    await blocked;
    expect(await call).toBe(1);
    const { value, finish } = await held.then((each) => ({
      value: each.value,
      finish: () => each.finish({ kind: "success" }),
    }));
    expect(value).toBe(1);
    await finish();
  });

  it("where it waits in the queue with memory that is to move", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const gate = cells();
    const wait = (gate: Int32Array): void => {
      Atomics.store(gate, 1, 1);
      Atomics.wait(gate, 0, 0);
    };
    const blocked = pool.run(wait, [gate]);
    await reached(gate, 1);
    const moved = new Uint8Array([7, 8]);
    const row = { n: 1 };
    const rest = new Uint8Array([1, 2]);
    const given = {
      moved,
      tail: new Uint8Array(moved.buffer, 1),
      rows: [row, row],
      byName: new Map([["row", row]]),
      names: new Set(["a", row]),
      halves: [new Uint8Array(rest.buffer, 0, 1), new Uint8Array(rest.buffer, 1, 1)],
      buffer: Buffer.from("b"),
      bare: Object.assign(Object.create(null) as object, { at: new Date(5) }),
      frozen: Object.freeze({ row }),
      itself: undefined as unknown,
    };
    given.itself = given;
    type Given = typeof given;
    const call = pool.run(
      ({ moved, tail, rows, byName, names, halves, buffer, bare, frozen, itself }: Given) => ({
        moved: [...moved, ...tail],
        isOneMemory: tail.buffer === moved.buffer && halves[0]!.buffer === halves[1]!.buffer,
        isOneRow: [rows[1], byName.get("row"), [...names][1], frozen.row].every(
          (each) => each === rows[0],
        ),
        ns: rows.map(({ n }) => n),
        halves: halves.map(([byte]) => byte),
        text: buffer.toString("utf8"),
        bare: [Object.getPrototypeOf(bare) === null, Number(bare.at)],
        isFrozen: Object.isFrozen(frozen),
        size: names.size,
        isRound: (itself as Given).rows === rows,
      }),
      [given],
      { transfer: [moved.buffer] },
    );
    expect(moved.byteLength).toBe(2);
    row.n = 2;
    rest.fill(9);
    given.rows.push(row);
    given.names.clear();
    given.buffer.fill("x");
    open(gate);
    await blocked;
    expect(await call).toEqual({
      moved: [7, 8, 8],
      isOneMemory: true,
      isOneRow: true,
      ns: [1, 1],
      halves: [1, 2],
      text: "b",
      bare: [true, 5],
      isFrozen: true,
      size: 2,
      isRound: true,
    });
    expect(moved.byteLength).toBe(0);
  });
});
