import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import {
  all,
  allSettled,
  any,
  checkpoint,
  DeadlineError,
  failuresOf,
  hedge,
  race,
  retry,
  sleep,
  TaskCancelledError,
  type TaskScope,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** Never ends by itself; notes that it was stopped. */
function endless(stopped: string[], name: string): (task: TaskScope) => Promise<never> {
  return async (task) => {
    try {
      await sleep(Infinity, task);
    } finally {
      stopped.push(name);
    }
    throw new Error("unreachable");
  };
}

const fails = (error: unknown) => async () => {
  await checkpoint();
  throw error;
};

describe("all", () => {
  it("stops the others when one of them cancels itself, for there is no value then", async () => {
    const stopped: string[] = [];
    const running = all([
      async (task) => {
        await checkpoint(task);
        task.cancel("not needed");
        await checkpoint(task);
      },
      endless(stopped, "other"),
    ]);
    expect(await rejectionOf(running)).toBeInstanceOf(TaskCancelledError);
    expect(stopped).toEqual(["other"]);
  });

  it("gives the values in the order of the functions, whatever order they come in", async () => {
    const order: number[] = [];
    const values = await all([
      async (task) => {
        await checkpoint(task);
        await checkpoint(task);
        order.push(0);
        return "slow";
      },
      () => {
        order.push(1);
        return 42;
      },
    ]);
    expect(values).toEqual(["slow", 42]);
    expect(order).toEqual([1, 0]);
  });

  it("gives no values for no functions", async () => {
    expect(await all([])).toEqual([]);
  });

  it("cancels and awaits the others when one fails, and rejects with that failure", async () => {
    const stopped: string[] = [];
    const error = new Error("first");
    await expect(all([endless(stopped, "a"), fails(error), endless(stopped, "b")])).rejects.toBe(
      error,
    );
    expect(stopped).toEqual(["a", "b"]);
  });

  it("refuses promises, synchronously and by index", () => {
    const promise = Promise.resolve(1);
    expect(() => all([() => 1, promise as never])).toThrow(
      /functions\[1\].*an instance of Promise.*\(\) => promise/,
    );
    expect(() => all("no" as never)).toThrow(TypeError);
  });

  it("rejects with the outer reason and leaves no listener when a signal aborts", async () => {
    const controller = new AbortController();
    const stopped: string[] = [];
    const running = all([endless(stopped, "a")], { signal: controller.signal });
    await checkpoint();
    controller.abort("enough");
    await expect(running).rejects.toBe("enough");
    expect(stopped).toEqual(["a"]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});

describe("allSettled", () => {
  it("tells what became of each and cancels nobody", async () => {
    const error = new Error("no");
    const outcomes = await allSettled([
      fails(error),
      async (task) => {
        for (let i = 0; i < 3; i++) await checkpoint(task);
        return "still there";
      },
    ]);
    expect(outcomes).toEqual([
      { status: "rejected", reason: error },
      { status: "fulfilled", value: "still there" },
    ]);
  });

  it("rejects when it is cancelled from outside", async () => {
    const stopped: string[] = [];
    await withVirtualClock(async () => {
      const running = allSettled([endless(stopped, "a")], { timeoutMs: 1_000 });
      await expect(running).rejects.toBeInstanceOf(DeadlineError);
    });
    expect(stopped).toEqual(["a"]);
  });
});

describe("race", () => {
  it("gives the first value and has awaited the losers", async () => {
    const stopped: string[] = [];
    expect(await race([endless(stopped, "a"), async () => "winner"])).toBe("winner");
    expect(stopped).toEqual(["a"]);
  });

  it("stops the others when the first to end has cancelled itself, for it has no value then", async () => {
    let stopped = false;
    const racing = race([
      (task) => sleep(3_600_000, task).finally(() => (stopped = true)),
      (task) => {
        task.cancel("enough");
        throw task.reason;
      },
    ]);
    await expect(racing).rejects.toMatchObject({ name: "TaskCancelledError" });
    expect(stopped).toBe(true);
  });

  it("rejects with the first failure and has awaited the losers", async () => {
    const stopped: string[] = [];
    await expect(race([endless(stopped, "a"), fails("lost")])).rejects.toBe("lost");
    expect(stopped).toEqual(["a"]);
  });

  it("rejects with what a loser throws in its cleanup", async () => {
    const loser = async (task: TaskScope): Promise<void> => {
      try {
        await sleep(Infinity, task);
      } catch {
        throw new Error("cleanup");
      }
    };
    await expect(race([loser, () => "winner"])).rejects.toThrow("cleanup");
  });

  it("refuses to run nothing, for nothing would ever win", () => {
    expect(() => race([])).toThrow(RangeError);
  });

  it("gives a falsy first value", async () => {
    expect(await race([() => undefined, endless([], "a")])).toBe(undefined);
  });
});

describe("any", () => {
  it("gives the first value though others fail before, and has awaited the losers", async () => {
    const stopped: string[] = [];
    const late = async (task: TaskScope): Promise<string> => {
      for (let i = 0; i < 3; i++) await checkpoint(task);
      return "value";
    };
    expect(await any([fails(1), late, endless(stopped, "a")])).toBe("value");
    expect(stopped).toEqual(["a"]);
  });

  it("rejects with every failure, in order of occurrence, when there is no value", async () => {
    const slow = async (): Promise<never> => {
      await checkpoint();
      await checkpoint();
      throw "slow";
    };
    const error: unknown = await any([slow, fails(undefined)]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toEqual([undefined, "slow"]);
  });

  it("rejects for no functions", async () => {
    await expect(any([])).rejects.toBeInstanceOf(AggregateError);
  });

  it("rejects with the outer reason when it is cancelled from outside", async () => {
    const controller = new AbortController();
    controller.abort("before");
    await expect(any([() => 1], { signal: controller.signal })).rejects.toBe("before");
  });
});

describe("retry", () => {
  it("tries again at once without a base delay, however often it has tried", async () => {
    const most = 1_100;
    const attempts = retry(
      (_, attempt) => {
        if (attempt + 1 < most) throw new Error("not yet");
        return attempt;
      },
      { baseMs: 0, maxAttempts: most },
    );
    expect(await attempts).toBe(most - 1);
  });

  it("calls again until it succeeds, numbering the attempts from 0", async () => {
    const attempts: number[] = [];
    const value = await retry(
      (_, attempt) => {
        attempts.push(attempt);
        if (attempt < 2) throw new Error("not yet");
        return "value";
      },
      { baseMs: 0 },
    );
    expect(value).toBe("value");
    expect(attempts).toEqual([0, 1, 2]);
  });

  it.each([1, 3])(
    "makes %i attempts in all and rejects with the last failure",
    async (maxAttempts) => {
      let attempts = 0;
      const failing = retry(() => Promise.reject(new Error(`failure ${++attempts}`)), {
        baseMs: 0,
        maxAttempts,
      });
      await expect(failing).rejects.toThrow(`failure ${maxAttempts}`);
      expect(attempts).toBe(maxAttempts);
    },
  );

  it("retries an AbortError that is not its own cancellation", async () => {
    let attempts = 0;
    const value = await retry(
      () => {
        if (++attempts < 2) throw new DOMException("somebody else's", "AbortError");
        return attempts;
      },
      { baseMs: 0 },
    );
    expect(value).toBe(2);
  });

  it("stops in the delay when it is cancelled, with the reason", async () => {
    const controller = new AbortController();
    const running = retry(() => Promise.reject(new Error("no")), {
      baseMs: 60_000,
      signal: controller.signal,
      onError: () => controller.abort("stop"),
    });
    await expect(running).rejects.toBe("stop");
  });

  it("gives up when onError throws, and rejects with that", async () => {
    const seen: unknown[] = [];
    const running = retry(() => Promise.reject("no"), {
      baseMs: 0,
      onError: (error, attempt) => {
        seen.push([error, attempt]);
        if (attempt === 1) throw new Error("given up");
      },
    });
    await expect(running).rejects.toThrow("given up");
    expect(seen).toEqual([
      ["no", 0],
      ["no", 1],
    ]);
  });

  it("does not let what an attempt started run into the next one", async () => {
    const stopped: string[] = [];
    await retry(
      (task, attempt) => {
        if (attempt === 1) return;
        task.group.spawn(endless(stopped, "helper"));
        return Promise.reject(new Error("no"));
      },
      { baseMs: 0, onError: () => expect(stopped).toEqual(["helper"]) },
    );
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %d attempts", (maxAttempts) => {
    expect(() => retry(() => 1, { maxAttempts })).toThrow(RangeError);
  });
});

describe("hedge", () => {
  it("starts another attempt beside a slow one, and cancels and awaits the loser", async () => {
    const stopped: string[] = [];
    const value = await hedge(
      (task, attempt) => (attempt === 0 ? endless(stopped, "first")(task) : `attempt ${attempt}`),
      { afterMs: 0 },
    );
    expect(value).toBe("attempt 1");
    expect(stopped).toEqual(["first"]);
  });

  it("tells of each failure but the last one", async () => {
    const heard: string[] = [];
    const running = hedge((_, attempt) => Promise.reject(new Error(`attempt ${attempt}`)), {
      afterMs: 0,
      maxAttempts: 3,
      onError: (error) => heard.push((error as Error).message),
    });
    await running.catch(() => {});
    expect(heard).toEqual(["attempt 0", "attempt 1"]);
  });

  it("rejects with the last failure when every attempt has failed", async () => {
    const failing = hedge((_, attempt) => Promise.reject(new Error(`failure ${attempt}`)), {
      afterMs: 0,
      maxAttempts: 3,
    });
    await expect(failing).rejects.toThrow("failure 2");
  });

  it("rejects with the reason when it is cancelled, after its attempts have settled", async () => {
    const controller = new AbortController();
    const stopped: string[] = [];
    const running = hedge(endless(stopped, "a"), { maxAttempts: 1, signal: controller.signal });
    await checkpoint();
    controller.abort("enough");
    await expect(running).rejects.toBe("enough");
    expect(stopped).toEqual(["a"]);
  });
});

describe("every combinator", () => {
  it("keeps each failure reachable", async () => {
    const failsInCleanup = async (task: TaskScope): Promise<void> => {
      await sleep(Infinity, task).catch(() => {
        throw new Error("second");
      });
    };
    const error: unknown = await all([failsInCleanup, fails(new Error("first"))]).catch(
      (e: unknown) => e,
    );
    expect(failuresOf(error).map((failure) => (failure as Error).message)).toEqual([
      "first",
      "second",
    ]);
  });
});
