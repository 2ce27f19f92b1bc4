import { describe, expect, it } from "vitest";
import {
  cancelScope,
  moveOnAfter,
  openTaskGroup,
  sleep,
  spawn,
  taskGroup,
} from "../../lib/ambient.ts";
import { DeadlockError, type Task } from "../../lib/index.ts";

describe("a task that awaits itself", () => {
  it("gets a DeadlockError", async () => {
    const group = taskGroup(() => {
      const self: Task<unknown> = spawn(
        async () => {
          await sleep(0);
          await self;
        },
        { name: "self" },
      );
    });
    await expect(group).rejects.toThrow(DeadlockError);
    await expect(group).rejects.toThrow('Task "self" would wait for itself for ever');
  });

  it("gets it through a combination of promises, too", async () => {
    const group = taskGroup(() => {
      const self: Task<unknown> = spawn(async () => {
        await sleep(0);
        await Promise.all([self, sleep(0)]);
      });
    });
    await expect(group).rejects.toThrow(DeadlockError);
  });

  it("gets it from a scope inside the task", async () => {
    const group = taskGroup(() => {
      const self: Task<unknown> = spawn(() =>
        moveOnAfter(60_000, async () => {
          await sleep(0);
          await self;
        }),
      );
    });
    await expect(group).rejects.toThrow(/which it runs in, for ever/);
  });

  it("gets it from disposing its own handle, which is cancelled", async () => {
    const group = taskGroup(async () => {
      const self: Task<unknown> = spawn(async (task) => {
        await sleep(0);
        await expect(self[Symbol.asyncDispose]()).rejects.toThrow(DeadlockError);
        return task.cancelled;
      });
      expect(await self).toBe(true);
    });
    await group;
  });
});

describe("a task that awaits one that it runs in", () => {
  it("gets a DeadlockError, however deep", async () => {
    const group = taskGroup(() => {
      const outer: Task<unknown> = spawn(
        () =>
          taskGroup(() =>
            taskGroup(() => {
              spawn(
                async () => {
                  await sleep(0);
                  await outer;
                },
                { name: "inner" },
              );
            }),
          ),
        { name: "outer" },
      );
    });
    await expect(group).rejects.toThrow(
      'Task "inner" would wait for Task "outer", which it runs in, for ever',
    );
  });

  it("gets a DeadlockError from joining its own group, which can be joined all the same", async () => {
    const group = openTaskGroup({ name: "mine" });
    const errors: unknown[] = [];
    group.spawn(async () => {
      await group.join().catch((error) => errors.push(error));
      await group[Symbol.asyncDispose]().catch((error) => errors.push(error));
    });
    await group.join();
    expect(errors).toEqual([expect.any(DeadlockError), expect.any(DeadlockError)]);
  });
});

describe("what is no deadlock", () => {
  it("is a task that awaits a sibling", async () => {
    await taskGroup(async () => {
      const one = spawn(async () => {
        await sleep(1);
        return "value";
      });
      expect(await spawn(async () => await one)).toBe("value");
    });
  });

  it("is a task that awaits what it has spawned", async () => {
    await taskGroup(() => {
      spawn(() => taskGroup(async () => expect(await spawn(() => 1)).toBe(1)));
    });
  });

  it("is a callback for the end of a task, registered inside it", async () => {
    const seen: unknown[] = [];
    await taskGroup(() => {
      const self: Task<string> = spawn(async () => {
        await sleep(0);
        void self.then((value) => seen.push(value));
        void self.finally(() => seen.push("finally"));
        return "value";
      });
    });
    await sleep(0);
    expect(seen).toEqual(["value", "finally"]);
  });

  it("is the wait of something that a task left behind when it ended", async () => {
    let seen: Promise<unknown> | undefined;
    await taskGroup(async () => {
      const outer: Task<string> = spawn(async () => {
        await taskGroup(() => {
          spawn(() => {
            seen = new Promise((resolve) => {
              setTimeout(() => resolve((async () => await outer)()), 1);
            });
          });
        });
        await sleep(5);
        return "value";
      });
      await outer;
    });
    expect(await seen).toBe("value");
  });

  it("is a group of its own that a task joins", async () => {
    await cancelScope(async () => {
      const group = openTaskGroup();
      const task = group.spawn(() => sleep(0));
      await group.join();
      expect(task.status).toBe("fulfilled");
    });
  });
});
