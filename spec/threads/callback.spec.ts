import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn, setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { callback, CapacityLimiter, Threadpool } from "../../lib/index.ts";
import { progress } from "../../lib/worker.ts";

const pool = new Threadpool({ maxThreads: 1 });
afterAll(() => pool.destroy());

describe("callback", () => {
  it("blocks the worker until an async function has answered", async () => {
    const double = callback(async (n: number) => {
      await turn();
      return n * 2;
    });
    const sum = await pool.run((ask: (n: number) => number) => ask(1) + ask(20), [double]);
    expect(sum).toBe(42);
  });

  it("throws in the worker what it throws here", async () => {
    const fail = callback((): void => {
      throw new RangeError("not here");
    });
    const caught = await pool.run(
      (ask: () => void) => {
        try {
          ask();
          return "nothing";
        } catch (error) {
          return `${(error as Error).name}: ${(error as Error).message}`;
        }
      },
      [fail],
    );
    expect(caught).toBe("RangeError: not here");
  });

  it("arrives inside other arguments too", async () => {
    const tools = { ask: callback((n: number) => n + 1) };
    expect(await pool.run((given: typeof tools) => given.ask(1), [tools])).toBe(2);
  });

  it("may itself use the pool that waits for it", async () => {
    const limiter = new CapacityLimiter(1);
    const narrow = new Threadpool({ limiter });
    const ask = callback(async (n: number) => narrow.run((m: number) => m * 2, [n]));
    expect(await narrow.run((twice: (n: number) => number) => twice(21), [ask])).toBe(42);
    await narrow.close();
    expect(limiter.statistics().used).toBe(0);
  });

  it("may use the only thread that the pool may have, also for a call that waits already", async () => {
    const single = new Threadpool({ maxThreads: 1 });
    const double = (n: number): number => n * 2;
    const ask = callback((n: number) => single.run(double, [n]));
    expect(await single.run((twice: (n: number) => number) => twice(21), [ask])).toBe(42);
    let waiting: Promise<number> | undefined;
    const wait = callback(() => waiting);
    const first = single.run((get: () => number | undefined) => get(), [wait as () => number]);
    waiting = single.run(double, [4]);
    expect(await first).toBe(8);
    await single.close();
  });

  it("lets the function go on only when there is room for it again", async () => {
    await using single = new Threadpool({ maxThreads: 1 });
    const cells = new Int32Array(new SharedArrayBuffer(12));
    let answer!: () => void;
    const asked = new Promise<void>((ask) => {
      const wait = callback(() => {
        ask();
        return new Promise<void>((resolve) => (answer = resolve));
      });
      void single.run(
        (wait: () => void, cells: Int32Array) => {
          wait();
          Atomics.store(cells, 0, 1);
        },
        [wait, cells],
      );
    });
    await asked;
    const other = single.run(
      (cells: Int32Array) => {
        Atomics.store(cells, 1, 1);
        Atomics.wait(cells, 2, 0);
        return Atomics.load(cells, 0);
      },
      [cells],
    );
    while (Atomics.load(cells, 1) === 0) await turn();
    answer();
    // Time in which it would go on if nothing held it.
    await setTimeout(50);
    Atomics.store(cells, 2, 1);
    Atomics.notify(cells, 2);
    expect(await other).toBe(0);
  });

  it("answers with an error when the answer cannot cross", async () => {
    const ask = callback(() => () => 1);
    const call = pool.run((get: () => unknown) => void get(), [ask]);
    await expect(call).rejects.toMatchObject({ code: "ERR_SKEIN_NOT_TRANSFERABLE" });
  });

  it("is dead once the call has ended", async () => {
    const storage = "leaked" as const;
    await pool.run(
      (ask: () => void, name: string) => void Object.assign(globalThis, { [name]: ask }),
      [callback(() => {}), storage],
    );
    const call = pool.run(
      (name: string) => (globalThis as unknown as Record<string, () => void>)[name]!(),
      [storage],
    );
    await expect(call).rejects.toMatchObject({ code: "ERR_SKEIN_CLOSED" });
  });

  it("runs in the context of the call that it was given to", async () => {
    const user = new AsyncLocalStorage<string>();
    const ask = callback(() => user.getStore());
    const call = user.run("ada", () => pool.run((who: () => unknown) => who(), [ask]));
    expect(await user.run("grace", () => call)).toBe("ada");
  });

  it("refuses what is no function", () => {
    expect(() => callback("no" as never)).toThrow(TypeError);
  });
});

describe("progress", () => {
  it("arrives in order, before the result, in the context of the call", async () => {
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const result = await user.run("ada", () =>
      pool.run(
        (to: number) => {
          for (let i = 0; i < to; i += 1) progress(i);
          return "done";
        },
        [3],
        { onProgress: (value) => void seen.push([user.getStore(), value]) },
      ),
    );
    expect(result).toBe("done");
    expect(seen).toEqual([
      ["ada", 0],
      ["ada", 1],
      ["ada", 2],
    ]);
  });

  it("fails the call when the receiver throws, and stops the function", async () => {
    const call = pool.run(
      () => {
        progress(1);
        for (;;);
      },
      [],
      {
        onProgress() {
          throw new RangeError("cannot show it");
        },
      },
    );
    await expect(call).rejects.toThrow(new RangeError("cannot show it"));
    expect(await pool.run(() => "next", [])).toBe("next");
  });
});
