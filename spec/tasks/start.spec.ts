import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  DeadlineError,
  sleep,
  taskGroup,
  type TaskScope,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

type Started<V> = (value: V) => void;

describe("TaskGroup.start", () => {
  it("resolves with the value that was started with, while the task runs on", async () => {
    const log: unknown[] = [];
    await taskGroup(async (group) => {
      const port = await group.start(async (task, started: Started<number>) => {
        await checkpoint(task);
        started(8080);
        await checkpoint(task);
        log.push("served");
      });
      log.push(port);
    });
    expect(log).toEqual([8080, "served"]);
  });

  it("rejects with a failure that comes before the start, unwrapped, and the group goes on", async () => {
    const error = new Error("no port");
    const value = await taskGroup(
      async (group) => {
        const failure = await rejectionOf(group.start(() => Promise.reject(error)));
        expect(failure).toBe(error);
        const thrown = await rejectionOf(
          group.start(() => {
            throw undefined;
          }),
        );
        expect([thrown, group.cancelled, group.failures]).toEqual([undefined, false, []]);
        return "went on";
      },
      { errors: "aggregate" },
    );
    expect(value).toBe("went on");
  });

  it("fails the group with a failure that comes after the start", async () => {
    const error = new Error("crash");
    const running = taskGroup(async (group) => {
      await group.start(async (task, started: Started<void>) => {
        started();
        await checkpoint(task);
        throw error;
      });
      await sleep(Infinity, group);
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("rejects when the task returns without having started", async () => {
    await taskGroup(async (group) => {
      const error = await rejectionOf(group.start(async function serve() {}));
      expect(error).toMatchObject({
        code: "ERR_SKEIN_NOT_STARTED",
        message: expect.stringMatching(/^Task "serve" returned without calling `started`/),
      });
    });
  });

  it("throws in the task that starts twice", async () => {
    const running = taskGroup(async (group) => {
      const value = await group.start(
        async (_task, started: Started<number>) => {
          started(1);
          started(2);
        },
        { name: "twice" },
      );
      expect(value).toBe(1);
    });
    expect(await rejectionOf(running)).toMatchObject({
      code: "ERR_SKEIN_ALREADY_STARTED",
      message: expect.stringMatching(/^Task "twice" called `started` a second time/),
    });
  });

  it("ignores a start that comes after the task's end", async () => {
    let start!: Started<void>;
    await taskGroup(async (group) => {
      await rejectionOf(group.start((_task, started: Started<void>) => void (start = started)));
      expect(start()).toBeUndefined();
    });
  });

  it("keeps an otherwise empty group open until the task has started and is done", async () => {
    const log: string[] = [];
    let starting!: Promise<void>;
    await taskGroup((group) => {
      starting = group.start(async (task, started: Started<void>) => {
        await checkpoint(task);
        group.spawn(() => log.push("sibling"));
        started();
      });
      void starting.then(() => log.push("started"));
    });
    expect(log.toSorted()).toEqual(["sibling", "started"]);
  });

  it("cancels the task that has not started when the waiter is cancelled", async () => {
    const log: unknown[] = [];
    await taskGroup(async (group) => {
      const outcome = await cancelScope(async (scope) => {
        const starting = group.start(
          async (task) => {
            await sleep(Infinity, task).catch(() => log.push(task.reason));
            await checkpoint();
            log.push("cleaned");
            task.throwIfCancelled();
          },
          { scope },
        );
        await checkpoint();
        scope.cancel("waiter");
        await starting;
      });
      log.push(outcome);
      expect(group.cancelled).toBe(false);
    });
    expect(log).toEqual(["waiter", "cleaned", { done: false, reason: "waiter" }]);
  });

  it("no longer minds the waiter once the task has started", async () => {
    const serving = latch();
    let cancelled: boolean | undefined;
    await taskGroup(async (group) => {
      await cancelScope(async (scope) => {
        await group.start(
          async (task, started: Started<void>) => {
            started();
            await serving.promise;
            cancelled = task.cancelled;
          },
          { scope },
        );
        scope.cancel();
      });
      serving.open();
    });
    expect(cancelled).toBe(false);
  });

  it("does not run the function when the waiter or the group is cancelled already", async () => {
    const never = (): void => expect.unreachable();
    const running = taskGroup(async (group) => {
      const signal = AbortSignal.abort("waiter");
      expect(await rejectionOf(group.start(never, { scope: { signal } }))).toBe("waiter");
      group.cancel("group");
      expect(await rejectionOf(group.start(never))).toBe("group");
    });
    expect(await rejectionOf(running)).toBe("group");
  });

  it("is cancelled by the failure of a sibling, and nobody has to await it", async () => {
    const error = new Error("sibling");
    let reason: unknown;
    const running = taskGroup((group) => {
      void group.start((task) => sleep(Infinity, task).finally(() => (reason = task.reason)));
      group.spawn(async () => {
        await checkpoint();
        throw error;
      });
    });
    expect(await rejectionOf(running)).toBe(error);
    expect(reason).toMatchObject({ origin: "sibling", cause: error });
  });

  it("resolves when the task starts in spite of its cancellation", async () => {
    const running = taskGroup(async (group) => {
      const starting = group.start(async (task: TaskScope, started: Started<string>) => {
        await sleep(Infinity, task).catch(() => {});
        started("all the same");
        task.throwIfCancelled();
      });
      await checkpoint();
      group.cancel("group");
      expect(await starting).toBe("all the same");
    });
    expect(await rejectionOf(running)).toBe("group");
  });

  it("rejects when the task's time is over before it has started", async () => {
    await taskGroup(async (group) => {
      const starting = group.start((task) => sleep(Infinity, task), { timeoutMs: 1 });
      expect(await rejectionOf(starting)).toBeInstanceOf(DeadlineError);
      expect(group.cancelled).toBe(false);
    });
  });

  it("leaves no listener on the signal that its waiter waits under", async () => {
    const { signal } = new AbortController();
    await taskGroup(async (group) => {
      const options = { scope: { signal } };
      await group.start((_task, started: Started<void>) => started(), options);
      await rejectionOf(group.start(() => Promise.reject(new Error("failed")), options));
      await rejectionOf(group.start(() => {}, options));
    });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
