import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rejectionOf } from "../support/rejection-of.ts";
import { cells, patience, reached, testPool, until } from "../support/threads.ts";

// What a call leaves behind in its thread, and what surfaces while a later one runs there.

const warnings: NodeJS.ErrnoException[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);
beforeEach(() => {
  warnings.length = 0;
  process.on("warning", onWarning);
});
afterEach(() => void process.off("warning", onWarning));

async function told(text: string): Promise<void> {
  await until(() =>
    warnings.some(
      ({ code, message }) => code === "SKEIN_THREAD_LATE_ERROR" && message.includes(text),
    ),
  );
}

type Leave = (fired: Int32Array) => unknown;

/** Each fails once cell 0 is 1, and says just before, in cell 1, that it does. */
const leftovers: Record<string, Leave> = {
  "a timer that throws": (fired) => {
    const look = (): void => {
      if (Atomics.load(fired, 0) === 0) return void setTimeout(look, 1);
      Atomics.store(fired, 1, 1);
      throw new Error("left behind");
    };
    setTimeout(look, 1);
  },
  "a timer that rejects": (fired) => {
    const look = (): void => {
      if (Atomics.load(fired, 0) === 0) return void setTimeout(look, 1);
      Atomics.store(fired, 1, 1);
      void Promise.reject(new Error("left behind"));
    };
    setTimeout(look, 1);
  },
  "an async function that rejects": (fired) => {
    void (async () => {
      while (Atomics.load(fired, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      Atomics.store(fired, 1, 1);
      throw new Error("left behind");
    })();
  },
  "a timer made by an async function": (fired) => {
    void (async () => {
      while (Atomics.load(fired, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      setTimeout(() => {
        Atomics.store(fired, 1, 1);
        throw new Error("left behind");
      }, 2);
    })();
  },
  "an interval that throws": (fired) => {
    setInterval(() => {
      if (Atomics.load(fired, 0) === 0) return;
      Atomics.store(fired, 1, 1);
      throw new Error("left behind");
    }, 1);
  },
  "the callback of a file": (fired) => {
    const look = (): void => {
      if (Atomics.load(fired, 0) === 0) return void setTimeout(look, 1);
      process.getBuiltinModule("node:fs").stat("/", () => {
        Atomics.store(fired, 1, 1);
        throw new Error("left behind");
      });
    };
    setTimeout(look, 1);
  },
  "a chain of immediates": (fired) => {
    const look = (): void => {
      if (Atomics.load(fired, 0) === 0) return void setImmediate(look);
      Atomics.store(fired, 1, 1);
      throw new Error("left behind");
    };
    setImmediate(look);
  },
  "an event": (fired) => {
    const { EventEmitter } = process.getBuiltinModule("node:events");
    const emitter = new EventEmitter();
    const look = (): void => {
      if (Atomics.load(fired, 0) === 0) return void setTimeout(look, 1);
      Atomics.store(fired, 1, 1);
      emitter.emit("error", new Error("left behind"));
    };
    setTimeout(look, 1);
  },
  "a microtask of a promise": (fired) => {
    const look = (): unknown =>
      Atomics.load(fired, 0) === 0
        ? new Promise((resolve) => setTimeout(resolve, 1)).then(look)
        : Promise.resolve().then(() => {
            Atomics.store(fired, 1, 1);
            throw new Error("left behind");
          });
    void look();
  },
};

/** Lets the loop of its thread turn until what was left behind has failed, where it is there, and some turns longer. */
const innocent = async (fired: Int32Array, turns: number): Promise<string> => {
  Atomics.store(fired, 0, 1);
  for (let n = 0; n < turns; n++) {
    if (Atomics.load(fired, 1) === 1) turns = Math.min(turns, n + 20);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return "innocent";
};

describe("a later call is never the victim of", () => {
  it.each(Object.keys(leftovers))("%s", patience, async (name) => {
    const pool = testPool({ maxThreads: 1 });
    const fired = cells();
    await pool.run(innocent, [cells(), 1]);
    await pool.run(leftovers[name]!, [fired]);
    // With 200 turns, also where the thread of the leftover is ended first.
    expect(await pool.run(innocent, [fired, 200])).toBe("innocent");
    expect(await pool.run((n: number) => n, [1])).toBe(1);
  });

  it.each(["a timer that throws", "an async function that rejects", "the callback of a file"])(
    "%s, of which a warning tells",
    patience,
    async (name) => {
      const pool = testPool({ maxThreads: 1 });
      const fired = cells();
      Atomics.store(fired, 0, 1);
      await pool.run(leftovers[name]!, [fired]);
      await reached(fired, 1);
      await told("left behind");
      expect(await pool.run(innocent, [cells(), 5])).toBe("innocent");
    },
  );

  it.each(["a timer that throws", "an async function that rejects"])(
    "%s, also where it is a generator or calls many",
    patience,
    async (name) => {
      const pool = testPool({ maxThreads: 1 });
      const fired = cells();
      await pool.run(leftovers[name]!, [fired]);
      const items = function* (): Generator<number, void, undefined> {
        for (let n = 0; n < 100; n++) yield n;
      };
      const calls = Array.from({ length: 20 }, (_, n) => pool.run((x: number) => x, [n]));
      Atomics.store(fired, 0, 1);
      let count = 0;
      for await (const _ of pool.iterate(items, [])) count++;
      expect(count).toBe(100);
      expect(await Promise.all(calls)).toHaveLength(20);
      expect(await pool.run(innocent, [fired, 100])).toBe("innocent");
    },
  );

  it("what an earlier iteration has left behind", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const fired = cells();
    const leaving = function* (fired: Int32Array): Generator<number> {
      const look = (): void => {
        if (Atomics.load(fired, 0) === 0) return void setTimeout(look, 1);
        Atomics.store(fired, 1, 1);
        throw new Error("left behind");
      };
      setTimeout(look, 1);
      yield 1;
    };
    for await (const _ of pool.iterate(leaving, [fired]));
    expect(await pool.run(innocent, [fired, 200])).toBe("innocent");
  });

  it("what an earlier one has given to queueMicrotask", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const leave = (fails: boolean): void => {
      if (!fails) return;
      queueMicrotask(() => {
        throw new Error("left behind");
      });
    };
    await pool.run(leave, [false]);
    await pool.run(innocent, [cells(), 1]);
    const calls = [pool.run(leave, [true]), pool.run(innocent, [cells(), 20])];
    expect(await Promise.all(calls)).toEqual([undefined, "innocent"]);
  });

  it("what an abandoned call does after it was left", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const fired = cells();
    const controller = new AbortController();
    const waiting = async (fired: Int32Array): Promise<void> => {
      Atomics.store(fired, 2, 1);
      while (Atomics.load(fired, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      setTimeout(() => {
        Atomics.store(fired, 1, 1);
        throw new Error("left behind");
      }, 2);
    };
    const { signal } = controller;
    const call = rejectionOf(pool.run(waiting, [fired], { signal, onCancel: "abandon" }));
    await reached(fired, 2);
    controller.abort("left");
    expect(await call).toBe("left");
    Atomics.store(fired, 0, 1);
    expect(await pool.run(innocent, [fired, 200])).toBe("innocent");
  });
});

describe("an error that surfaces outside of a function while it waits", () => {
  it.each(Object.keys(leftovers))("rejects the call that caused it: %s", patience, async (name) => {
    const pool = testPool({ maxThreads: 1 });
    const fired = cells();
    Atomics.store(fired, 0, 1);
    const leave = leftovers[name]!;
    const own = async (fired: Int32Array): Promise<void> => {
      leave(fired);
      await new Promise(() => setInterval(() => {}, 1_000));
    };
    const error = await rejectionOf(pool.run(own, [fired]));
    expect([(error as Error).message, String((error as Error).cause)].join()).toContain(
      "left behind",
    );
    expect(await pool.run((n: number) => n, [1])).toBe(1);
  });

  it("rejects it, and not the one that waits behind it", patience, async () => {
    const pool = testPool({ maxThreads: 1 });
    const own = async (): Promise<never> =>
      new Promise(() =>
        setTimeout(() => {
          throw new RangeError("its own");
        }, 1),
      );
    const calls = [1, 2, 3].map(() => rejectionOf(pool.run(own, [])));
    const behind = pool.run(innocent, [cells(), 5]);
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ name: "WorkerExitedError", cause: { message: "its own" } });
    }
    expect(await behind).toBe("innocent");
  });
});

describe("a thread that dies of what was left behind", () => {
  /** Keeps a large heap, so that it takes a while to end; or leaves behind what ends it. */
  const leave = (n: number): number => {
    if (n === 0) {
      const rows = Array.from({ length: 500_000 }, (_, i) => ({ i, text: `x${i}` }));
      Object.assign(globalThis, { rows });
    } else {
      setTimeout(() => {
        throw new Error(`left behind ${n}`);
      }, 0);
    }
    return n;
  };

  it.each([0, 1, 20, 60])(
    "while the main thread is busy for %i ms leaves a pool that works, and closes",
    patience,
    async (busyMs) => {
      const pool = testPool({ maxThreads: 1 });
      await pool.run(leave, [0]);
      const call = pool.run(leave, [1]);
      const end = performance.now() + busyMs;
      while (performance.now() < end);
      expect(await call).toBe(1);
      for (const n of [2, 3]) expect(await pool.run(leave, [n])).toBe(n);
      expect(await pool.run(innocent, [cells(), 5])).toBe("innocent");
      await pool.close();
      expect(pool.statistics()).toMatchObject({ running: 0, queued: 0, threads: 0 });
    },
  );

  it("again and again, among calls that are fine, costs none of them", patience, async () => {
    const pool = testPool({ maxThreads: 2 });
    const calls: Promise<number>[] = [];
    for (let n = 1; n <= 30; n++) {
      calls.push(
        pool.run(leave, [n]),
        pool.run((x: number) => -x, [n]),
      );
      if (n % 5 === 0) await Promise.all(calls);
    }
    expect(await Promise.all(calls)).toEqual(
      calls.map((_, i) => (i % 2 === 0 ? i / 2 + 1 : -(i + 1) / 2)),
    );
  });
});

describe("a thread that holds a suspended generator", () => {
  it(
    "goes on until that is finished, whatever an earlier call has left behind in it",
    patience,
    async () => {
      const pool = testPool({ maxThreads: 1 });
      const surfaced = cells();
      await pool.run(
        (surfaced: Int32Array) => {
          setTimeout(() => {
            Atomics.store(surfaced, 0, 1);
            throw new Error("left behind");
          }, 30);
        },
        [surfaced],
      );
      const closed = cells();
      const held = await pool.hold(
        function* (closed: Int32Array) {
          try {
            yield "held";
          } finally {
            Atomics.store(closed, 0, 1);
          }
        },
        [closed],
      );
      await reached(surfaced, 0);
      await held.finish({ kind: "success" });
      expect(Atomics.load(closed, 0)).toBe(1);
      expect(await pool.run(() => "next", [])).toBe("next");
    },
  );
});

describe("a call that waits is ended by what it has itself", () => {
  const ways: Record<string, () => void> = {
    "given to queueMicrotask": () =>
      queueMicrotask(() => {
        throw new Error("its own");
      }),
    "given to nextTick": () =>
      process.nextTick(() => {
        throw new Error("its own");
      }),
    rejected: () => void Promise.reject(new Error("its own")),
  };

  it.each(Object.keys(ways))("%s", patience, async (name) => {
    const pool = testPool({ maxThreads: 1 });
    const fail = ways[name]!;
    const call = async (): Promise<never> => {
      fail();
      return await new Promise<never>(() => {});
    };
    for (let n = 0; n < 2; n++) {
      expect(await rejectionOf(pool.run(call, []))).toMatchObject({
        code: "ERR_SKEIN_WORKER_EXITED",
        message: expect.stringContaining("its own") as string,
      });
    }
    expect(await pool.run(innocent, [cells(), 1])).toBe("innocent");
  });
});
