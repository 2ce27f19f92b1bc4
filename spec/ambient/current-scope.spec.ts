import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  cancelScope,
  currentScope,
  mapConcurrent,
  openTaskGroup,
  shield,
  sleep,
  spawn,
  taskGroup,
} from "../../lib/ambient.ts";
import * as explicit from "../../lib/index.ts";

describe("currentScope", () => {
  it("is undefined outside of every body", async () => {
    await cancelScope(() => {});
    expect(currentScope()).toBeUndefined();
  });

  it("is a body's scope in the body, also after an await, and the outer one again after it", async () => {
    await cancelScope(async (outer) => {
      await cancelScope(async (inner) => {
        expect(currentScope()).toBe(inner);
        await sleep(0);
        expect(currentScope()).toBe(inner);
      });
      expect(currentScope()).toBe(outer);
    });
  });

  it("is the group in its body, the task's own scope in a task", async () => {
    await taskGroup(async (group) => {
      expect(currentScope()).toBe(group);
      const tasks = [1, 2].map(() =>
        spawn(async (task) => {
          await sleep(0);
          return currentScope() === task && task !== (group as unknown);
        }),
      );
      expect(await Promise.all(tasks)).toEqual([true, true]);
    });
  });

  it("is the task's own scope in a task that had to wait for its turn", async () => {
    await taskGroup(
      (group) => {
        for (let i = 0; i < 3; i++) {
          group.spawn(async (task) => {
            expect(currentScope()).toBe(task);
            await sleep(0);
          });
        }
      },
      { concurrency: 1 },
    );
  });

  it("is the scope of the item in a concurrent map", async () => {
    const same = await mapConcurrent([1, 2], (_item, task) => currentScope() === task);
    expect(same).toEqual([true, true]);
  });

  it("is the deferred callback's own scope in it", async () => {
    let same = false;
    await taskGroup((group) => group.defer((scope) => (same = currentScope() === scope)));
    expect(same).toBe(true);
  });

  it("is the registrant's scope in a callback, not the canceller's", async () => {
    let seen: unknown;
    await taskGroup(async (group) => {
      const task = spawn(async (own) => {
        own.onCancel(() => (seen = currentScope()));
        await sleep(60_000);
      });
      await sleep(0);
      await cancelScope(() => task.cancel());
      await task.settled();
      expect((seen as explicit.TaskScope).group).toBe(group);
    });
  });

  it("is known to what was started with the functions of skein", async () => {
    await explicit.taskGroup(async (group) => {
      expect(currentScope()).toBe(group);
      group.spawn((task) => expect(currentScope()).toBe(task));
    });
    await explicit.moveOnAfter(1_000, (scope) => expect(currentScope()).toBe(scope));
  });

  it("is not changed by opening a group", async () => {
    await cancelScope(async (scope) => {
      const group = openTaskGroup();
      expect(currentScope()).toBe(scope);
      await group.join();
    });
  });
});

describe("skein/ambient", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  it("touches no AsyncLocalStorage before one of its functions is called", async () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, "run");
    vi.resetModules();
    const core = await import("../../lib/index.ts");
    const ambient = await import("../../lib/ambient.ts");
    const program = (): Promise<void> =>
      core.taskGroup(async (group) => {
        group.spawn((task) => core.sleep(0, task));
        await core.cancelScope(() => ambient.currentScope(), { scope: group });
      });
    await program();
    expect(run).not.toHaveBeenCalled();
    await ambient.cancelScope(() => {});
    await program();
    expect(run).toHaveBeenCalled();
  });

  it("leaves nothing current in the code that called it", async () => {
    const running = taskGroup(() => void spawn(() => shield(() => sleep(0))));
    expect(currentScope()).toBeUndefined();
    await running;
    expect(currentScope()).toBeUndefined();
  });
});
