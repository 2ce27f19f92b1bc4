import { describe, expect, expectTypeOf, it } from "vitest";
import {
  all,
  cancelScope,
  CapacityLimiter,
  checkpoint,
  failuresOf,
  hedge,
  mapConcurrent,
  type MapOptions,
  retry,
  sleep,
  streamConcurrent,
  taskGroup,
  type TaskScope,
  taskTree,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** Counts up for ever; notes how far it came and that it was closed. */
function counter(log: { pulled: number; closed: number }): Iterable<number> {
  return (function* () {
    try {
      for (let i = 0; ; i++) {
        log.pulled = i + 1;
        yield i;
      }
    } finally {
      log.closed++;
    }
  })();
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await checkpoint();
    yield item;
  }
}

async function drain<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

type Numbers = Iterable<number> | AsyncIterable<number>;
type Work = (n: number, task: TaskScope) => unknown;

/** Never gives an item and never answers. */
const silent: AsyncIterable<number> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

describe.each([
  ["an iterable", (items: number[]): Iterable<number> | AsyncIterable<number> => items],
  ["an async iterable", later],
])("mapConcurrent over %s", (_, source) => {
  it.each([1, 2, 50, 100_000, Infinity])(
    "gives the results in order and never runs more than %d at once",
    async (concurrency) => {
      let running = 0;
      let most = 0;
      const results = await mapConcurrent(
        source([5, 4, 3, 2, 1, 0]),
        async (n, task, index) => {
          most = Math.max(most, ++running);
          for (let i = 0; i < n; i++) await checkpoint(task);
          running--;
          return [n, index];
        },
        { concurrency },
      );
      expect(results).toEqual([5, 4, 3, 2, 1, 0].map((n, i) => [n, i]));
      expect(most).toBeLessThanOrEqual(Math.min(concurrency, 6));
      expect(most).toBeGreaterThan(concurrency === 1 ? 0 : 1);
    },
  );

  it("gives [] for nothing", async () => {
    expect(await mapConcurrent(source([]), (n) => n)).toEqual([]);
  });

  it.each([1, 2, Infinity])("keeps every failure at a concurrency of %d", async (concurrency) => {
    const running = mapConcurrent(
      source([1, 2]),
      async (n, task) => {
        for (let i = 0; n === 1 && i < 5; i++) await checkpoint(task);
        if (n === 1) throw new Error("first");
        await sleep(Infinity, task).catch(() => {
          throw new Error("cleanup");
        });
      },
      { concurrency },
    );
    const error: unknown = await running.catch((e: unknown) => e);
    const expected = concurrency === 1 ? ["first"] : ["first", "cleanup"];
    expect(failuresOf(error).map((e) => (e as Error).message)).toEqual(expected);
  });
});

describe.each([
  [
    "mapConcurrent",
    (items: Numbers, fn: Work, options: MapOptions) => mapConcurrent(items, fn, options),
  ],
  [
    "streamConcurrent",
    (items: Numbers, fn: Work, options: MapOptions) => drain(streamConcurrent(items, fn, options)),
  ],
])("%s", (_, run) => {
  it.each([
    ["no bound", {}],
    ["a bound", { concurrency: 2 }],
    ["a limiter", { concurrency: new CapacityLimiter(2) }],
  ])(
    "takes an AbortError of a call for a failure while nothing is cancelled, with %s",
    async (__, options) => {
      const foreign = new DOMException("somebody else's", "AbortError");
      const failing = run(
        [1, 2, 3],
        (n, task) => (n === 2 ? Promise.reject(foreign) : sleep(60_000, task)),
        options,
      );
      const error = await rejectionOf(failing);
      expect(error).toBe(foreign);
      expect(failuresOf(error)).toEqual([foreign]);
    },
  );

  it.each([
    ["no bound", {}],
    ["a bound", { concurrency: 2 }],
    ["a limiter", { concurrency: new CapacityLimiter(2) }],
  ])("ends when a call cancels the scope that all calls share, with %s", async (__, options) => {
    const stopped = run(
      [1, 2, 3],
      async (n, task) => {
        if (n === 2) task.cancel("enough");
        await sleep(60_000, task);
      },
      options,
    );
    const expected = { name: "TaskCancelledError", cause: "enough" };
    expect(await rejectionOf(stopped)).toMatchObject(expected);
  });

  it("refuses an iterator whose results are no objects", async () => {
    const results = [5, undefined, null, "done"];
    const endings = await Promise.all(
      results.flatMap((result) => {
        const iterator = { next: () => result as unknown as IteratorResult<number> };
        return [
          rejectionOf(run({ [Symbol.iterator]: () => iterator }, (n) => n, {})),
          rejectionOf(run({ [Symbol.asyncIterator]: () => iterator as never }, (n) => n, {})),
        ];
      }),
    );
    for (const ending of endings) {
      expect(ending).toBeInstanceOf(TypeError);
      expect(String(ending)).toContain("Expected `next` of the iterator to give an object, got");
    }
  });

  it("takes an iterator for done as a loop does", async () => {
    let pulled = 0;
    const iterator = { next: () => ({ done: pulled++ as unknown as false, value: 7 }) };
    expect(await run({ [Symbol.iterator]: () => iterator }, (n) => n, {})).toEqual([7]);
    pulled = 0;
    expect(await run({ [Symbol.asyncIterator]: () => iterator as never }, (n) => n, {})).toEqual([
      7,
    ]);
  });

  it("closes an iterator that answers without a promise", async () => {
    let asked = 0;
    let closed = 0;
    const iterator = {
      next: () =>
        (asked++ === 0 ? { value: 1 } : new Promise(() => {})) as Promise<IteratorResult<number>>,
      return: () => ({ done: true, value: closed++ }) as never,
    };
    const failure = new Error("a call has failed");
    const error = await rejectionOf(
      run({ [Symbol.asyncIterator]: () => iterator }, () => Promise.reject(failure), {}),
    );
    expect(error).toBe(failure);
    expect(failuresOf(error)).toEqual([failure]);
    expect(closed).toBe(1);
  });

  it.each(["at once", "before it begins"])(
    "closes its source when it is cancelled %s",
    async (when) => {
      const log = { pulled: 0, closed: 0 };
      const source = counter(log)[Symbol.iterator]() as IterableIterator<number>;
      source.next();
      const client = new AbortController();
      if (when === "at once") client.abort("gone");
      const running = run(source, (n) => n, { concurrency: 2, signal: client.signal });
      client.abort("gone");
      expect(await rejectionOf(running)).toBe("gone");
      expect(log).toEqual({ pulled: 1, closed: 1 });
    },
  );
});

describe("mapConcurrent", () => {
  it.each([1, Infinity])(
    "asks what a call returns for its result once, at a concurrency of %d",
    async (concurrency) => {
      const asked: number[] = [];
      const query = (n: number): PromiseLike<number> => ({
        // oxlint-disable-next-line unicorn/no-thenable -- as query builders are
        then(onFulfilled, onRejected) {
          asked.push(n);
          return (n === 2 ? Promise.reject(new Error("no")) : Promise.resolve(n)).then(
            onFulfilled,
            onRejected,
          );
        },
      });
      const failing = mapConcurrent([1, 2, 3], query, { concurrency });
      await expect(failing).rejects.toThrow("no");
      expect(asked).toEqual(concurrency === 1 ? [1, 2] : [1, 2, 3]);
    },
  );

  it.each([1, Infinity])(
    "pulls nothing after its deadline, at a concurrency of %d",
    async (concurrency) => {
      const late = mapConcurrent(
        counter({ pulled: 0, closed: 0 }),
        (n) => {
          if (n > 200_000) throw new Error("it goes on for ever");
        },
        { concurrency, timeoutMs: 1 },
      );
      await expect(late).rejects.toMatchObject({ name: "TimeoutError" });
    },
  );

  it("rejects with what its source throws when it is closed before anything has begun", async () => {
    const source: IterableIterator<number> = {
      [Symbol.iterator]: () => source,
      next: () => ({ done: false, value: 1 }),
      return: () => {
        throw new Error("cannot be closed");
      },
    };
    const signal = AbortSignal.abort("gone");
    await expect(mapConcurrent(source, (n) => n, { signal })).rejects.toThrow("cannot be closed");
  });

  it("runs 100,000 items at any width without recursion", async () => {
    const items = Array.from({ length: 100_000 }, (_, i) => i);
    for (const concurrency of [16, 100_000, Infinity]) {
      const results = await mapConcurrent(items, (n) => n, { concurrency });
      expect(results.length).toBe(100_000);
      expect(results.at(-1)).toBe(99_999);
    }
  });

  it("pulls an item only when there is room, and closes a source that it leaves early", async () => {
    const log = { pulled: 0, closed: 0 };
    const running = mapConcurrent(
      counter(log),
      async (n, task) => {
        expect(log.pulled).toBeLessThanOrEqual(n + 2);
        await checkpoint(task);
        if (n === 5) throw new Error("stop");
      },
      { concurrency: 2 },
    );
    await expect(running).rejects.toThrow("stop");
    expect(log.closed).toBe(1);
  });

  it("stops pulling and rejects with the reason when it is cancelled", async () => {
    const log = { pulled: 0, closed: 0 };
    const controller = new AbortController();
    const running = mapConcurrent(
      counter(log),
      async (n, task) => {
        if (n === 3) controller.abort("enough");
        await checkpoint(task);
      },
      { concurrency: 2, signal: controller.signal },
    );
    await expect(running).rejects.toBe("enough");
    expect(log.closed).toBe(1);
  });

  it("does not wait for an item that never comes once it is cancelled", async () => {
    const controller = new AbortController();
    const running = mapConcurrent(silent, (n) => n, { signal: controller.signal });
    await checkpoint();
    controller.abort("enough");
    await expect(running).rejects.toBe("enough");
  });

  it.each([1, 2, Infinity])(
    "calls for no more items once a call has cancelled it, at a width of %s",
    async (concurrency) => {
      const called: number[] = [];
      const mapped = mapConcurrent(
        [1, 2, 3, 4],
        (item, task) => {
          called.push(item);
          if (item === 2) task.cancel("enough");
        },
        { concurrency },
      );
      await expect(mapped).rejects.toMatchObject({ name: "TaskCancelledError" });
      expect(called).toEqual([1, 2]);
    },
  );

  it("rejects with what an asynchronous source fails with, and does not close that", async () => {
    const error = new Error("no more");
    let closed = 0;
    const failing: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(error),
        return: () => Promise.resolve({ done: true, value: ++closed }),
      }),
    };
    await expect(mapConcurrent(failing, () => {}, { concurrency: 2 })).rejects.toBe(error);
    expect(closed).toBe(0);
  });

  it("asks an asynchronous source for nothing more once it is cancelled", async () => {
    let asked = 0;
    let answer = (_next: IteratorResult<number>): void => {};
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          if (asked++ === 0) return Promise.resolve({ done: false, value: 0 });
          return new Promise((resolve) => (answer = resolve));
        },
      }),
    };
    const outcome = await cancelScope((scope) =>
      mapConcurrent(
        source,
        async (_item, task) => {
          await checkpoint(task);
          setImmediate(() => {
            answer({ done: false, value: 1 });
            scope.cancel("enough");
          });
        },
        { scope, concurrency: 2 },
      ),
    );
    expect(outcome).toMatchObject({ done: false });
    await checkpoint();
    expect(asked).toBe(2);
  });

  it("hears nothing of a source that cannot be closed while it is asked", async () => {
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => Promise.reject(new Error("it is being asked")),
      }),
    };
    const controller = new AbortController();
    const running = mapConcurrent(source, (n) => n, { signal: controller.signal });
    await checkpoint();
    controller.abort("enough");
    await expect(running).rejects.toBe("enough");
    await checkpoint();
  });

  it.each([
    ["one call at a time", 1],
    ["all at once", Infinity],
    ["a permit for each call", new CapacityLimiter(2)],
  ])(
    "asks a source no more once it has no item, and does not close it: %s",
    async (_, concurrency) => {
      const asked: string[] = [];
      const items = {
        [Symbol.iterator]: () => ({
          next() {
            asked.push("next");
            return asked.length > 2 ? { done: true, value: undefined } : { done: false, value: 1 };
          },
          return() {
            asked.push("return");
            return { done: true, value: undefined };
          },
        }),
      };
      const lastItem = mapConcurrent(items as Iterable<number>, () => checkpoint(), {
        concurrency,
      });
      await lastItem;
      expect(asked).toEqual(["next", "next", "next"]);
    },
  );

  it("rejects if a cancellation has kept it from an item, though each call with a permit ended normally", async () => {
    const running = cancelScope((scope) =>
      mapConcurrent(
        [1, 2, 3],
        (item) => {
          scope.cancel();
          return item;
        },
        { scope, concurrency: new CapacityLimiter(1) },
      ),
    );
    expect(await running).toMatchObject({ done: false });
  });

  it("gives the results if a cancellation came when each item had its permit", async () => {
    const running = cancelScope((scope) =>
      mapConcurrent(
        [1, 2],
        (item) => {
          if (item === 2) scope.cancel();
          return item;
        },
        { scope, concurrency: new CapacityLimiter(1) },
      ),
    );
    expect(await running).toEqual({ done: true, value: [1, 2] });
  });

  it.each([
    ["one call at a time", 1],
    ["all at once", Infinity],
    ["a permit for each call", new CapacityLimiter(1)],
  ])(
    "loses neither a failure nor what its source throws when that is closed: %s",
    async (_, concurrency) => {
      const broken = new Error("cannot be closed");
      const failure = new Error("a call failed");
      const items = {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: 1 }),
          return: () => {
            throw broken;
          },
        }),
      };
      const running = mapConcurrent(
        items,
        () => {
          throw failure;
        },
        { concurrency },
      );
      const error = await rejectionOf(running);
      expect(error).toBe(failure);
      expect(failuresOf(error)).toEqual([failure, broken]);
    },
  );

  it("does not close a source that threw", async () => {
    let closed = false;
    const source: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error("broken source");
        },
        return: () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    await expect(mapConcurrent(source, (n) => n)).rejects.toThrow("broken source");
    expect(closed).toBe(false);
  });

  it("keeps the results when every call finishes in spite of a cancellation", async () => {
    const outcome = await cancelScope((scope) =>
      mapConcurrent(
        [1, 2, 3],
        async (n) => {
          if (n === 3) scope.cancel();
          await checkpoint();
          return n;
        },
        { scope },
      ),
    );
    expect(outcome).toEqual({ done: true, value: [1, 2, 3] });
  });

  it("gives the calls a scope in whose group they may spawn", async () => {
    const spawned: number[] = [];
    await mapConcurrent([1, 2], (n, task) => {
      task.group.spawn(() => spawned.push(n));
    });
    expect(spawned).toEqual([1, 2]);
  });

  it("refuses what it cannot iterate, call or count, synchronously", () => {
    expect(() => mapConcurrent(5 as never, (n) => n)).toThrow(/iterable.*5 \(number\)/);
    expect(() => mapConcurrent(null as never, (n) => n)).toThrow(/got null/);
    expect(() => mapConcurrent([], null as never)).toThrow(TypeError);
    expect(() => mapConcurrent([], (n) => n, { concurrency: 0 })).toThrow(RangeError);
    expect(() => mapConcurrent([], (n) => n, { concurrency: "2" as never })).toThrow(TypeError);
  });

  it("refuses a generator function", async () => {
    function* generator(): Generator<number> {
      yield 1;
    }
    await expect(mapConcurrent([1], generator)).rejects.toThrow(
      /`generator`.*returned a generator/,
    );
    await expect(mapConcurrent([1], generator, { concurrency: 1 })).rejects.toThrow(TypeError);
  });
});

describe("streamConcurrent", () => {
  const turns = async (n: number): Promise<number> => {
    for (let i = 0; i < n; i++) await checkpoint();
    return n;
  };

  it("gives results as they are ready", async () => {
    expect(await drain(streamConcurrent([9, 1, 5], turns))).toEqual([1, 5, 9]);
  });

  it("gives results in the order of the items when asked to", async () => {
    expect(await drain(streamConcurrent([9, 1, 5], turns, { ordered: true }))).toEqual([9, 1, 5]);
    expect(
      await drain(streamConcurrent(later([9, 1, 5]), turns, { ordered: true, concurrency: 2 })),
    ).toEqual([9, 1, 5]);
  });

  it("runs nothing before the first result is asked for, and no further than its bound after", async () => {
    const log = { pulled: 0, closed: 0 };
    const stream = streamConcurrent(counter(log), (n) => n, { concurrency: 3 });
    await checkpoint();
    expect(log.pulled).toBe(0);
    await stream.next();
    for (let i = 0; i < 10; i++) await checkpoint();
    expect(log.pulled).toBeLessThanOrEqual(4);
    await stream.return!();
    expect(log.closed).toBe(1);
  });

  it("cancels and awaits the calls under way when the loop is left", async () => {
    const stopped: number[] = [];
    const stream = streamConcurrent([0, 1, 2], async (n, task) => {
      if (n === 0) return n;
      try {
        await sleep(Infinity, task);
      } finally {
        stopped.push(n);
      }
      return n;
    });
    for await (const n of stream) {
      expect(n).toBe(0);
      break;
    }
    expect(stopped).toEqual([1, 2]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("throws the failure of a call after the others have settled, then is done", async () => {
    const stopped: number[] = [];
    const stream = streamConcurrent([0, 1], async (n, task) => {
      if (n === 1) throw new Error("one");
      await sleep(Infinity, task).catch(() => stopped.push(n));
    });
    await expect(drain(stream)).rejects.toThrow("one");
    expect(stopped).toEqual([0]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("answers several requests at once in order", async () => {
    const stream = streamConcurrent([1, 2, 3], (n) => n, { ordered: true, concurrency: 1 });
    const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    expect(results.map((result) => result.value as unknown)).toEqual([1, 2, 3, undefined]);
    expect(results.at(-1)!.done).toBe(true);
  });

  it("ends a request that is pending when the stream is left", async () => {
    const stream = streamConcurrent(silent, (n) => n);
    const pending = stream.next();
    await checkpoint();
    await stream.return!();
    expect((await pending).done).toBe(true);
  });

  it("throws the outer reason when it is cancelled", async () => {
    const running = taskGroup(async (group) => {
      const stream = streamConcurrent([1], (_, task) => sleep(Infinity, task), { scope: group });
      const pending = drain(stream);
      await checkpoint();
      group.cancel("enough");
      await pending;
    });
    await expect(running).rejects.toBe("enough");
  });

  it("gives nothing after the reason, though a call has ended in spite of it", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = streamConcurrent([1, 2], (n, task) => sleep(60_000, task).catch(() => n), {
      signal,
      concurrency: 1,
    });
    const pending = rejectionOf(stream.next());
    await checkpoint();
    controller.abort("enough");
    expect(await pending).toBe("enough");
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("throws what its source throws when that is closed, to whoever leaves the stream", async () => {
    const error = new Error("cannot close");
    const source: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw error;
        },
      }),
    };
    const leave = async (): Promise<void> => {
      for await (const _value of streamConcurrent(source, (item) => item, { concurrency: 1 }))
        break;
    };
    await expect(leave()).rejects.toBe(error);
  });

  it("keeps what calls have failed with when its source cannot be closed, which outranks a cancellation", async () => {
    const closing = new Error("cannot close");
    const source: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw closing;
        },
      }),
    };
    const failing = (): never => {
      throw new Error("failure");
    };
    const failed = await rejectionOf(streamConcurrent(source, failing).next());
    expect(failuresOf(failed).map(String)).toEqual(["Error: failure", "Error: cannot close"]);
    const leave = async (): Promise<void> => {
      const options = { settled: true, ordered: true, concurrency: 2 } as const;
      for await (const _result of streamConcurrent(source, failing, options)) break;
    };
    const unseen = failuresOf(await rejectionOf(leave())).map(String);
    expect(new Set(unseen)).toEqual(new Set(["Error: failure", "Error: cannot close"]));
    const controller = new AbortController();
    const { signal } = controller;
    const cancelled = streamConcurrent(source, (_item, task) => sleep(60_000, task), { signal });
    const pending = rejectionOf(cancelled.next());
    controller.abort(new Error("reason"));
    expect(await pending).toBe(closing);
    expect(failuresOf(closing)).toEqual([closing]);
    expect(await cancelled.next()).toEqual({ done: true, value: undefined });
  });

  it.each([true, false])(
    "is told that a call has cancelled the scope of all, ordered: %s",
    async (ordered) => {
      const call = async (n: number, task: TaskScope): Promise<number> => {
        if (n === 2) task.cancel("enough");
        if (n !== 1) await sleep(60_000, task);
        return n;
      };
      const stream = streamConcurrent([1, 2, 3], call, { ordered });
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      expect(await rejectionOf(stream.next())).toMatchObject({ name: "TaskCancelledError" });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    },
  );

  const closing = (log: string[]): Iterable<number> =>
    ({
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          log.push("closed");
          return { done: true, value: undefined };
        },
      }),
    }) as Iterable<number>;

  it("closes its source when it is cancelled before it has begun", async () => {
    const log: string[] = [];
    const stream = streamConcurrent(closing(log), (n) => n, {
      signal: AbortSignal.abort("enough"),
    });
    expect(await rejectionOf(stream.next())).toBe("enough");
    expect(log).toEqual(["closed"]);
  });

  it.each(["when it is left", "when it is cancelled", "after a failure"])(
    "closes its source when its calls have ended, %s",
    async (when) => {
      const log: string[] = [];
      const source = closing(log);
      const controller = new AbortController();
      const { signal } = controller;
      const call = async (_: number, task: TaskScope, index: number): Promise<number> => {
        if (index === 0) return index;
        if (index === 2 && when === "after a failure") throw new Error("failure");
        await sleep(60_000, task).catch(() => {});
        log.push("call ended");
        return index;
      };
      const stream = streamConcurrent(source, call, { signal, concurrency: 2 });
      await stream.next();
      await checkpoint();
      if (when === "when it is left") await stream.return!();
      // Nobody asks for the next result.
      else if (when === "when it is cancelled") controller.abort("enough");
      await checkpoint();
      expect(log.at(-1)).toBe("closed");
      expect(log.length).toBeGreaterThan(1);
      await stream.return!().catch(() => {});
      expect(log.filter((entry) => entry === "closed").length).toBe(1);
    },
  );

  it("has ended for each who leaves it", async () => {
    let ended = false;
    const stream = streamConcurrent([1], async (_, task) => {
      await sleep(60_000, task).catch(() => {});
      await checkpoint();
      ended = true;
    });
    const pending = stream.next();
    await checkpoint();
    const first = stream.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    await stream.return!();
    expect(ended).toBe(true);
    await first;
  });

  it("tells who waits for a result of a cancellation, though it is left meanwhile", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = streamConcurrent([1], (_, task) => sleep(60_000, task), { signal });
    const pending = rejectionOf(stream.next());
    await checkpoint();
    controller.abort("enough");
    const left = stream.return!();
    expect(await pending).toBe("enough");
    expect(await left).toEqual({ done: true, value: undefined });
  });

  it("takes items one by one where there is no bound", async () => {
    const log = { pulled: 0, closed: 0 };
    const stream = streamConcurrent(counter(log), (n) => n, { concurrency: Infinity });
    expect((await stream.next()).value).toBe(0);
    await stream.return!();
    expect(log.closed).toBe(1);
  });

  it("can be left before it was begun", async () => {
    const log = { pulled: 0, closed: 0 };
    const stream = streamConcurrent(counter(log), (n) => n);
    expect(await stream.return!()).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(log.pulled).toBe(0);
  });
});

describe("{ settled: true }", () => {
  const odd = (n: number): number => {
    if (n % 2 === 0) throw new Error(`even: ${n}`);
    return n;
  };

  it("tells what became of each call, and a failure stops nothing", async () => {
    for (const concurrency of [1, 2, Infinity]) {
      const results = await mapConcurrent([1, 2, 3], odd, { settled: true, concurrency });
      expectTypeOf(results).toEqualTypeOf<PromiseSettledResult<number>[]>();
      expect(results).toEqual([
        { status: "fulfilled", value: 1 },
        { status: "rejected", reason: new Error("even: 2") },
        { status: "fulfilled", value: 3 },
      ]);
    }
    const statuses: string[] = [];
    for await (const result of streamConcurrent(later([1, 2, 3]), odd, {
      settled: true,
      ordered: true,
      concurrency: 1,
    })) {
      statuses.push(result.status);
    }
    expect(statuses).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("rejects with the failure of the source first, and keeps those of the calls", async () => {
    const source = function* (): Generator<number> {
      yield 2;
      throw new Error("source");
    };
    const running = mapConcurrent(source(), odd, { settled: true, concurrency: 1 });
    const error: unknown = await running.catch((reason: unknown) => reason);
    expect(failuresOf(error).map(String)).toEqual(["Error: source", "Error: even: 2"]);
  });

  it("refuses a generator by mistake, and what is neither yes nor no", async () => {
    const mistake = mapConcurrent([1], function* () {} as never, { settled: true });
    await expect(mistake).rejects.toThrow(/generator/);
    expect(() => mapConcurrent([1], odd, { settled: "yes" as never })).toThrow(TypeError);
    expect(() => streamConcurrent([1], odd, { settled: 1 as never })).toThrow(TypeError);
  });
});

describe("the task tree", () => {
  it("names what combinators run", async () => {
    const names = (): string => taskTree().toString();
    const wait = (_: unknown, task: TaskScope): Promise<void> => sleep(Infinity, task);
    const running = taskGroup(async (group) => {
      const scope = group;
      void mapConcurrent([1], wait, { scope }).catch(() => {});
      void mapConcurrent([1], (_item, task) => sleep(Infinity, task), { scope }).catch(() => {});
      void all([(task) => sleep(Infinity, task)], { scope }).catch(() => {});
      void retry((task) => sleep(Infinity, task), { scope, name: "fetch" }).catch(() => {});
      void hedge((task) => sleep(Infinity, task), { scope }).catch(() => {});
      await checkpoint();
      await checkpoint();
      const tree = names();
      for (const name of [
        "wait",
        "mapConcurrent",
        "all[0]",
        "fetch, attempt 1",
        "hedge, attempt 1",
      ]) {
        expect(tree).toContain(name);
      }
      group.cancel("seen");
    });
    await expect(running).rejects.toBe("seen");
  });
});

describe("hedge and retry by default", () => {
  it("make two and three attempts", async () => {
    await withVirtualClock(async (clock) => {
      const began: number[] = [];
      const start = clock.now();
      const slow = hedge(
        async (task) => {
          began.push(clock.now() - start);
          await sleep(Infinity, task);
        },
        { afterMs: 40, timeoutMs: 60_000 },
      );
      await expect(slow).rejects.toMatchObject({ name: "TimeoutError" });
      expect(began).toEqual([0, 40]);
      let attempts = 0;
      const failing = retry(() => Promise.reject(new Error(`${++attempts}`)));
      await expect(failing).rejects.toThrow("3");
    });
  });

  it("do not let hedge wait while no attempt runs", async () => {
    const value = await hedge(
      (_task, attempt) => (attempt < 2 ? Promise.reject(new Error("no")) : attempt),
      { afterMs: Infinity, maxAttempts: 3 },
    );
    expect(value).toBe(2);
  });
});
