import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  DeadlineError,
  DeadlockError,
  failuresOf,
  NotSettledError,
  sleep,
  Task,
  TaskCancelledError,
  taskGroup,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

describe("TaskGroup.spawn", () => {
  it("starts tasks in the order of spawning, after the spawner's next line", async () => {
    const log: unknown[] = [];
    await taskGroup((group) => {
      for (let i = 0; i < 5; i++) group.spawn(() => log.push(i));
      log.push("next line");
    });
    expect(log).toEqual(["next line", 0, 1, 2, 3, 4]);
  });

  it("turns a synchronous throw into the task's failure, and never throws it", async () => {
    const error = new Error("thrown");
    let task!: Task<never>;
    const running = taskGroup((group) => {
      task = group.spawn(() => {
        throw error;
      });
      expect(task.status).toBe("pending");
    });
    expect(await rejectionOf(running)).toBe(error);
    expect(task.status).toBe("rejected");
  });

  it("takes plain values, promises and thenables, whose first answer counts", async () => {
    const values = await taskGroup(async (group) => {
      // oxlint-disable-next-line unicorn/no-thenable -- what is being tested
      const twice = { then: (resolve: (n: number) => void) => [resolve(3), resolve(4)] };
      const callable = Object.assign(() => {}, {
        // oxlint-disable-next-line unicorn/no-thenable -- what is being tested
        then: (resolve: (n: number) => void) => resolve(5),
      });
      const tasks = [() => 1, async () => 2, () => twice, () => callable].map((fn) =>
        group.spawn(fn as () => number),
      );
      return Promise.all(tasks);
    });
    expect(values).toEqual([1, 2, 3, 5]);
  });

  it("waits for a task that a task returns", async () => {
    const value = await taskGroup((group) =>
      group.spawn(() => group.spawn(async () => "of the other task")),
    );
    expect(value).toBe("of the other task");
  });

  it("refuses what is no function, and a function that returns a generator, naming it", async () => {
    await taskGroup((group) => {
      expect(() => group.spawn("fn" as never)).toThrow(
        'Expected `fn` to be a function, got "fn" (string)',
      );
      expect(() => group.spawn(Promise.resolve() as never)).toThrow(/`fn` to be a function/);
      expect(thrownBy(() => group.spawn(() => {}, { timeoutMs: -1 }))).toBeInstanceOf(RangeError);
    });
    const running = taskGroup((group) => {
      group.spawn(async function* crawl() {
        yield 1;
      });
    });
    await expect(running).rejects.toThrow(/^Expected `crawl` to be a plain or async function/);
    const starting = taskGroup((group) =>
      group.start(function* serve() {
        yield 1;
      }),
    );
    await expect(starting).rejects.toThrow(/^Expected `serve` to be a plain or async function/);
  });

  it("does not run the function in a cancelled group: the handle is cancelled already", async () => {
    const running = taskGroup(async (group) => {
      group.cancel("cancelled");
      const task = group.spawn(() => expect.unreachable());
      expect(task.status).toBe("cancelled");
      expect(thrownBy(() => task.result())).toBe("cancelled");
      await task.settled();
      await checkpoint();
    });
    expect(await rejectionOf(running)).toBe("cancelled");
  });

  it("does not run the function when the group is cancelled before its turn", async () => {
    let task!: Task<void>;
    const running = taskGroup((group) => {
      task = group.spawn(() => expect.unreachable());
      group.cancel();
      throw new Error("body");
    });
    await rejectionOf(running);
    expect(task.status).toBe("cancelled");
  });

  it('runs it all the same with start: "always", its scope cancelled', async () => {
    const log: unknown[] = [];
    const running = taskGroup((group) => {
      group.spawn(
        (task) => {
          log.push(task.cancelled);
          task.throwIfCancelled();
        },
        { start: "always" },
      );
      group.cancel("before its turn");
      group.spawn((task) => void log.push(task.cancelled), { start: "always" });
    });
    expect(await rejectionOf(running)).toBe("before its turn");
    expect(log).toEqual([true, true]);
  });

  it("fails a task that takes longer than its time, counted from its call", async () => {
    const error = await withVirtualClock(() =>
      rejectionOf(
        taskGroup(
          (group) => {
            group.spawn(() => sleep(20_000));
            group.spawn((task) => sleep(Infinity, task), { timeoutMs: 1_000, name: "slow" });
            group.spawn((task) => sleep(4_000, task), { timeoutMs: 5_000 });
          },
          { concurrency: 1 },
        ),
      ),
    );
    expect(error).toBeInstanceOf(DeadlineError);
    expect(String(error)).toBe('TimeoutError: Task "slow" was not done within 1000 ms');
  });

  it("tells a task its group", async () => {
    await taskGroup(async (group) => {
      expect(await group.spawn((task) => task.group)).toBe(group);
    });
  });
});

describe("Task", () => {
  it("tells its status and keeps its value readable after the group has ended", async () => {
    const statuses: string[] = [];
    const task = await taskGroup((group) => {
      const spawned = group.spawn(async (scope) => {
        statuses.push(spawned.status);
        await checkpoint(scope);
        return "value";
      });
      statuses.push(spawned.status);
      return { spawned };
    });
    statuses.push(task.spawned.status);
    expect(statuses).toEqual(["pending", "running", "fulfilled"]);
    expect(task.spawned.result()).toBe("value");
    expect(await task.spawned).toBe("value");
    await task.spawned.settled();
  });

  it("throws a NotSettledError when asked for a result too early", async () => {
    await taskGroup((group) => {
      const task = group.spawn((scope) => checkpoint(scope), { name: "early" });
      expect(thrownBy(() => task.result())).toBeInstanceOf(NotSettledError);
      expect(() => task.result()).toThrow(/^Task "early" is still pending/);
    });
  });

  it("has a settled() that never rejects", async () => {
    const error = new Error("failed");
    const running = taskGroup(async (group) => {
      const failing = group.spawn(() => Promise.reject(error));
      const cancelled = group.spawn((task) => sleep(Infinity, task));
      await Promise.all([failing.settled(), cancelled.settled()]);
      expect([failing.status, cancelled.status]).toEqual(["rejected", "cancelled"]);
      await failing.settled();
      expect(thrownBy(() => failing.result())).toBe(error);
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("is named after its function, or as its options say", async () => {
    await taskGroup((group) => {
      const load = (): void => {};
      expect(group.spawn(load).name).toBe("load");
      expect(group.spawn(load, { name: "users" }).name).toBe("users");
      expect(group.spawn(() => {}).name).toBe("");
      group.spawn((task) => expect(task.name).toBe("scope"), { name: "scope" });
    });
  });

  it("is a promise in all but class", async () => {
    await taskGroup(async (group) => {
      const task = group.spawn(async () => 1);
      expect(task).toBeInstanceOf(Task);
      expect(task).not.toBeInstanceOf(Promise);
      expect(Object.prototype.toString.call(task)).toBe("[object Task]");
      expect(await task.then((n) => n + 1)).toBe(2);
      let finals = 0;
      expect(await task.finally(() => finals++)).toBe(1);
      expect(await Promise.race([task, sleep(Infinity, group)])).toBe(1);
      expect(finals).toBe(1);
      group.finish(undefined);
    });
  });

  it("is cancelled alone: siblings and the group go on", async () => {
    const log: unknown[] = [];
    const value = await taskGroup(async (group) => {
      const one = group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => log.push(task.reason, task.origin));
        task.throwIfCancelled();
      });
      const other = group.spawn(async (task) => {
        await checkpoint(task);
        return "other";
      });
      await checkpoint();
      one.cancel("alone");
      await one.settled();
      expect([one.status, group.cancelled]).toEqual(["cancelled", false]);
      return other;
    });
    expect(value).toBe("other");
    expect(log).toEqual(["alone", "cancel"]);
  });

  it("gives a TaskCancelledError to who awaits it, and does not cancel that one", async () => {
    await taskGroup(async (group) => {
      const task = group.spawn((scope) => sleep(Infinity, scope), { name: "poll" });
      await checkpoint();
      task.cancel("alone");
      const error = await rejectionOf(task);
      expect(error).toBeInstanceOf(TaskCancelledError);
      expect(error).toMatchObject({ message: 'Task "poll" was cancelled', cause: "alone" });
      expect(await rejectionOf(task)).toBe(error);
      expect(group.cancelled).toBe(false);
      await checkpoint(group);
    });
  });

  it("gives the group's reason to who awaits it when the group is cancelled too", async () => {
    const running = taskGroup(async (group) => {
      const task = group.spawn((scope) => sleep(Infinity, scope));
      await checkpoint();
      task.cancel("alone");
      group.cancel("group");
      await task;
    });
    expect(await rejectionOf(running)).toBe("group");
  });

  it("gives the group's reason also when the group is cancelled after it has settled", async () => {
    const running = taskGroup(async (group) => {
      const task = group.spawn((scope) => sleep(Infinity, scope));
      await checkpoint();
      await task[Symbol.asyncDispose]();
      group.cancel("group");
      expect(await rejectionOf(task)).toBe("group");
    });
    expect(await rejectionOf(running)).toBe("group");
  });

  it("is an ordinary failure of the body that does not catch its TaskCancelledError", async () => {
    const running = taskGroup(async (group) => {
      const task = group.spawn((scope) => sleep(Infinity, scope));
      task.cancel("alone");
      await task;
    });
    expect(await rejectionOf(running)).toBeInstanceOf(TaskCancelledError);
  });

  it("never runs when it is cancelled right after its spawn", async () => {
    await taskGroup(async (group) => {
      const task = group.spawn(() => expect.unreachable());
      task.cancel();
      await task.settled();
      expect(task.status).toBe("cancelled");
    });
  });

  it("can cancel itself", async () => {
    const task = await taskGroup((group) => {
      const spawned = group.spawn(async (scope) => {
        scope.cancel();
        await sleep(1, scope);
      });
      return { spawned };
    });
    expect(task.spawned.status).toBe("cancelled");
  });

  it("keeps a value that it produces after its cancellation", async () => {
    const error = new Error("sibling");
    let task!: Task<string>;
    const running = taskGroup((group) => {
      task = group.spawn(async (scope) => {
        await sleep(Infinity, scope).catch(() => {});
        return "kept";
      });
      group.spawn(() => Promise.reject(error));
    });
    expect(await rejectionOf(running)).toBe(error);
    expect([task.status, task.result()]).toEqual(["fulfilled", "kept"]);
  });

  it("fulfils when its value and its cancellation come in the same tick", async () => {
    const value = latch<string>();
    const result = await taskGroup(async (group) => {
      const task = group.spawn(() => value.promise);
      await checkpoint();
      value.open("kept");
      task.cancel();
      return task;
    });
    expect(result).toBe("kept");
  });

  it("fails when its cleanup throws after its own cancellation", async () => {
    const error = new Error("cleanup");
    const running = taskGroup(async (group) => {
      const task = group.spawn(async (scope) => {
        await sleep(Infinity, scope).catch(() => {});
        throw error;
      });
      await checkpoint();
      task.cancel();
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("is cancelled, not failed, when it passes on the reason of a group that was cancelled after it", async () => {
    const running = taskGroup(
      async (group) => {
        const task = group.spawn(() => sleep(Infinity, group));
        await checkpoint();
        task.cancel("alone");
        group.cancel("group");
        await task.settled();
        expect(task.status).toBe("cancelled");
      },
      { errors: "aggregate" },
    );
    expect(await rejectionOf(running)).toBe("group");
  });

  it("cancels and waits when it is disposed of", async () => {
    await taskGroup(async (group) => {
      const task = group.spawn(async (scope) => {
        await sleep(Infinity, scope).catch(() => {});
        await checkpoint();
        scope.throwIfCancelled();
      });
      await checkpoint();
      await task[Symbol.asyncDispose]();
      expect(task.status).toBe("cancelled");
    });
  });

  it("fails with a DeadlockError when it returns itself or a task that it runs in", async () => {
    const itself = taskGroup((group) => {
      const task: Task<unknown> = group.spawn(() => task, { name: "ouroboros" });
    });
    const error = await rejectionOf(itself);
    expect(error).toBeInstanceOf(DeadlockError);
    expect(String(error)).toMatch(/Task "ouroboros" would wait for itself/);
    const above = taskGroup((group) => {
      const task: Task<unknown> = group.spawn((scope) =>
        taskGroup((inner) => inner.spawn(() => task), { scope }),
      );
    });
    expect(await rejectionOf(above)).toBeInstanceOf(DeadlockError);
  });

  it("reports what its cancel callbacks throw together with its own failure", async () => {
    const [own, callback] = [new Error("own"), new Error("callback")];
    const running = taskGroup((group) => {
      group.spawn((task) => {
        task.onCancel(() => {
          throw callback;
        });
        task.cancel();
        throw own;
      });
    });
    expect(await rejectionOf(running)).toBe(own);
    expect(failuresOf(own)).toEqual([own, callback]);
  });

  it("fails when a cancel callback threw, though it gave a value", async () => {
    const callback = new Error("callback");
    const running = taskGroup((group) => {
      group.spawn((task) => {
        task.onCancel(() => {
          throw callback;
        });
        task.cancel();
        return "value";
      });
    });
    expect(await rejectionOf(running)).toBe(callback);
  });

  it("runs in an outer scope's reach: cancelling that one stops it", async () => {
    const outcome = await cancelScope((scope) =>
      taskGroup(
        (group) => {
          group.spawn(async (task) => {
            scope.cancel("outer");
            await sleep(1, task);
          });
        },
        { scope },
      ),
    );
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });
});
