import { setImmediate as turn } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { CapacityLimiter, Threadpool } from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";

const pool = new Threadpool({ maxThreads: 8 });
afterAll(() => pool.close());

/** Memory that functions in threads share with a test: how many run, how many ever ran at once, and a gate for them. */
class Counters {
  readonly cells = new Int32Array(new SharedArrayBuffer(12));

  get running(): number {
    return Atomics.load(this.cells, 0);
  }

  get most(): number {
    return Atomics.load(this.cells, 1);
  }

  open(): void {
    Atomics.store(this.cells, 2, 1);
    Atomics.notify(this.cells, 2);
  }

  async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) await turn();
  }
}

/** Counts itself in, waits for the gate, and counts itself out. */
function pass(cells: Int32Array, result: number): number {
  const running = Atomics.add(cells, 0, 1) + 1;
  for (let most = Atomics.load(cells, 1); most < running; most = Atomics.load(cells, 1)) {
    Atomics.compareExchange(cells, 1, most, running);
  }
  Atomics.wait(cells, 2, 0);
  Atomics.sub(cells, 0, 1);
  return result;
}

describe("a limiter", () => {
  it("keeps its calls waiting, and no others", async () => {
    const [narrow, wide] = [new CapacityLimiter(1), new CapacityLimiter(2)];
    const first = new Counters();
    const second = new Counters();
    const narrowly = [1, 2, 3].map((n) => pool.run(pass, [first.cells, n], { limiter: narrow }));
    const widely = [1, 2, 3].map((n) => pool.run(pass, [second.cells, n], { limiter: wide }));
    await first.until(() => first.running === 1 && second.running === 2);
    expect(await pool.run((n: number) => n, [7])).toBe(7);
    expect(pool.statistics()).toMatchObject({ running: 3, queued: 3 });
    second.open();
    expect(await Promise.all(widely)).toEqual([1, 2, 3]);
    expect(first.running).toBe(1);
    first.open();
    expect(await Promise.all(narrowly)).toEqual([1, 2, 3]);
    expect([first.most, second.most]).toEqual([1, 2]);
  });

  it("bounds the calls of several pools together", async () => {
    const limiter = new CapacityLimiter(2);
    await using one = new Threadpool({ limiter });
    await using other = new Threadpool({ limiter });
    const counters = new Counters();
    const calls = [one, other, one, other, one].map((each, n) =>
      each.run(pass, [counters.cells, n]),
    );
    await counters.until(() => counters.running === 2);
    expect(limiter.statistics()).toMatchObject({ used: 2, total: 2 });
    counters.open();
    expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4]);
    expect(counters.most).toBe(2);
    await counters.until(() => limiter.statistics().used === 0);
  });

  it("that gets a lower total lets what runs go on, and starts no more until there is room", async () => {
    const limiter = new CapacityLimiter(3);
    const before = new Counters();
    const after = new Counters();
    const running = [1, 2, 3].map((n) => pool.run(pass, [before.cells, n], { limiter }));
    await before.until(() => before.running === 3);
    const waiting = [4, 5, 6].map((n) => pool.run(pass, [after.cells, n], { limiter }));
    limiter.total = 1;
    before.open();
    expect(await Promise.all(running)).toEqual([1, 2, 3]);
    await after.until(() => after.running === 1);
    expect(limiter.statistics().used).toBe(1);
    after.open();
    expect(await Promise.all(waiting)).toEqual([4, 5, 6]);
    expect(after.most).toBe(1);
  });

  it("that gets a higher total lets waiting calls start at once", async () => {
    const limiter = new CapacityLimiter(1);
    const counters = new Counters();
    const calls = [1, 2, 3].map((n) => pool.run(pass, [counters.cells, n], { limiter }));
    await counters.until(() => counters.running === 1);
    limiter.total = 3;
    await counters.until(() => counters.running === 3);
    counters.open();
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });

  it("counts a thread that was abandoned until it is free", async () => {
    const limiter = new CapacityLimiter(1);
    const counters = new Counters();
    const controller = new AbortController();
    const { signal } = controller;
    const left = pool.run(pass, [counters.cells, 1], { limiter, signal, onCancel: "abandon" });
    await counters.until(() => counters.running === 1);
    controller.abort("left");
    await expect(left).rejects.toBe("left");
    const next = pool.run((n: number) => n, [2], { limiter });
    expect(limiter.statistics()).toMatchObject({ used: 1, waiting: 1 });
    counters.open();
    expect(await next).toBe(2);
  });
});

function abortable(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

describe("calls that have come to be known as tiny", () => {
  /** Waits at a closed gate, unless there is none. */
  const step = (gate: Int32Array, n: number): number => {
    if (n < 0) Atomics.wait(gate, 0, 0);
    return n;
  };

  it("are taken back from a thread in which one turned out long", async () => {
    await using two = new Threadpool({ maxThreads: 2 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const many = (count: number): Promise<number>[] =>
      Array.from({ length: count }, (_, n) => two.run(step, [gate, n]));
    await Promise.all(many(500));

    const long = two.run(step, [gate, -1]);
    const behind = many(40);
    expect(await Promise.all(behind)).toEqual(behind.map((_, n) => n));
    expect(two.statistics().running).toBe(1);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await long).toBe(-1);
  });

  it("that are cancelled before they begin never run, though a thread has them already", async () => {
    await using one = new Threadpool({ maxThreads: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const count = (gate: Int32Array, n: number): number => {
      if (n < 0) Atomics.wait(gate, 0, 0);
      return Atomics.add(gate, 1, 1) + 1;
    };
    await Promise.all(Array.from({ length: 100 }, (_, n) => one.run(count, [gate, n])));

    const controller = new AbortController();
    const { signal } = controller;
    const long = one.run(count, [gate, -1]);
    const behind = [1, 2, 3].map((n) => one.run(count, [gate, n], { signal }));
    const last = one.run(count, [gate, 4]);
    while (one.statistics().running === 0) await turn();
    controller.abort("not needed");
    for (const each of behind) await expect(each).rejects.toBe("not needed");
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await Promise.all([long, last])).toEqual([101, 102]);
  });

  it("and cancelled once they are behind a long one never run, however many there are", async () => {
    await using one = new Threadpool({ maxThreads: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const count = (gate: Int32Array, n: number): number => {
      if (n < 0) Atomics.wait(gate, 0, 0);
      return Atomics.add(gate, 1, 1) + 1;
    };
    await Promise.all(Array.from({ length: 100 }, (_, n) => one.run(count, [gate, n])));
    const long = one.run(count, [gate, -1]);
    while (one.statistics().running === 0) await turn();
    for (let n = 0; n < 100; n++) {
      const controller = new AbortController();
      const call = one.run(count, [gate, n], { signal: controller.signal });
      // Until it is given to the thread.
      await turn();
      controller.abort(n);
      await expect(call).rejects.toBe(n);
    }
    const last = one.run(count, [gate, 1]);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await Promise.all([long, last])).toEqual([101, 102]);
  });

  it("do not keep a cancellation from the one before them, however many there are", async () => {
    await using one = new Threadpool({ maxThreads: 1 });
    const ask = (n: number): string => {
      try {
        while (n < 0) checkCancelled();
      } catch {
        return "told";
      }
      return "not told";
    };
    await Promise.all(Array.from({ length: 100 }, (_, n) => one.run(ask, [n])));
    const { signal, abort } = abortable();
    const long = one.run(ask, [-1], { signal, onCancel: "cooperate" });
    while (one.statistics().running === 0) await turn();
    for (let n = 0; n < 32; n++) {
      const other = abortable();
      const call = one.run(ask, [n], { signal: other.signal });
      await turn();
      other.abort(n);
      await expect(call).rejects.toBe(n);
    }
    abort("enough");
    expect(await long).toBe("told");
  });
});
