import { setImmediate as turn } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { callback, iterateInThreadpool, Threadpool, WorkerExitedError } from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";

const pool = new Threadpool({ maxThreads: 1 });
afterAll(() => pool.destroy());

function* count(to: number): Generator<number> {
  for (let i = 0; i < to; i += 1) yield i;
}

describe("iterateInThreadpool", () => {
  it("streams what a generator function yields, in order", async () => {
    const items: number[] = [];
    for await (const item of iterateInThreadpool(count, 100)) items.push(item);
    expect(items).toEqual([...count(100)]);
  });

  it("accepts any iterable that a function returns", async () => {
    const items: string[] = [];
    for await (const item of iterateInThreadpool((text: string) => text.split(" "), "a b")) {
      items.push(item);
    }
    expect(items).toEqual(["a", "b"]);
  });

  it("stays within 32 items of its consumer", async () => {
    const made = new Int32Array(new SharedArrayBuffer(4));
    let used = 0;
    const endless = function* (counter: Int32Array): Generator<number> {
      for (;;) yield Atomics.add(counter, 0, 1);
    };
    for await (const item of pool.iterate(endless, [made])) {
      expect(item).toBe(used);
      used += 1;
      expect(Atomics.load(made, 0) - used).toBeLessThanOrEqual(32);
      if (used === 200) break;
    }
  });

  it("runs the generator's cleanup when its consumer leaves, and waits for it", async () => {
    const cleaned = new Int32Array(new SharedArrayBuffer(4));
    const guarded = function* (flag: Int32Array): Generator<number> {
      try {
        for (let i = 0; ; i += 1) yield i;
      } finally {
        Atomics.store(flag, 0, 1);
      }
    };
    for await (const item of pool.iterate(guarded, [cleaned])) if (item === 3) break;
    expect(Atomics.load(cleaned, 0)).toBe(1);
  });

  it("delivers the items before what the generator throws", async () => {
    const items: number[] = [];
    const failing = function* (): Generator<number> {
      yield 1;
      yield 2;
      throw new RangeError("no more");
    };
    const consume = async (): Promise<void> => {
      for await (const item of pool.iterate(failing, [])) items.push(item);
    };
    await expect(consume()).rejects.toThrow(new RangeError("no more"));
    expect(items).toEqual([1, 2]);
  });

  it("lets other calls have the thread's permit while the generator is suspended", async () => {
    for await (const item of pool.iterate(count, [40])) {
      expect(await pool.run((n: number) => n * 2, [item])).toBe(item * 2);
    }
  });

  it("rejects a function that returns no iterable", async () => {
    const iterator = pool.iterate((() => 42) as unknown as () => Iterable<number>, []);
    await expect(iterator.next()).rejects.toThrow("to return an iterable");
  });

  it("rejects when the generator's thread ends", async () => {
    const iterator = pool.iterate(function* (): Generator<number> {
      yield 1;
      process.exit(4);
    }, []);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow(WorkerExitedError);
    expect(await pool.run(() => "next", [])).toBe("next");
  });

  it("ends the generator when its scope is cancelled, and rejects with the reason", async () => {
    const controller = new AbortController();
    const cleaned = new Int32Array(new SharedArrayBuffer(4));
    const iterator = pool.iterate(
      function* (flag: Int32Array): Generator<number> {
        try {
          for (let i = 0; ; i += 1) yield i;
        } finally {
          Atomics.store(flag, 0, 1);
        }
      },
      [cleaned],
      { signal: controller.signal },
    );
    expect(await iterator.next()).toEqual({ done: false, value: 0 });
    controller.abort("enough");
    const drain = async (): Promise<void> => {
      for await (const _ of iterator);
    };
    await expect(drain()).rejects.toBe("enough");
    expect(Atomics.load(cleaned, 0)).toBe(1);
  });

  it("calls back to the main thread between items", async () => {
    const seen: number[] = [];
    const telling = function* (tell: (n: number) => void): Generator<number> {
      for (let i = 0; i < 40; i += 1) {
        tell(i);
        yield i;
      }
    };
    const tell = callback((n: number) => void seen.push(n));
    let items = 0;
    for await (const _ of pool.iterate(telling, [tell])) items += 1;
    expect(items).toBe(40);
    expect(seen).toEqual([...count(40)]);
  });

  it("does not begin when nobody asks for the first item", async () => {
    const iterator = pool.iterate(count, [1]);
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("tells a generator that works on its next item when its consumer leaves", async () => {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const slow = function* (begun: Int32Array): Generator<number> {
      // A batch ends after some milliseconds, so that this item is delivered while the next one is made.
      const until = Date.now() + 10;
      while (Date.now() < until);
      yield 1;
      Atomics.store(begun, 0, 1);
      for (;;) checkCancelled();
    };
    for await (const item of pool.iterate(slow, [begun])) {
      expect(item).toBe(1);
      while (Atomics.load(begun, 0) === 0) await turn();
      break;
    }
    expect(await pool.run(() => "free", [])).toBe("free");
  });
});
