import { describe, expect, it } from "vitest";
import { cancelScope, checkpoint, sleep, type Task, taskGroup } from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

describe("TaskGroup.background", () => {
  it("does not hold the group open: it is cancelled and awaited when the rest is done", async () => {
    const log: unknown[] = [];
    const value = await taskGroup((group) => {
      group.background(async (service) => {
        await sleep(Infinity, service).catch(() => log.push(service.origin));
        await checkpoint();
        log.push("service cleaned");
        service.throwIfCancelled();
      });
      group.spawn(async (task) => {
        await checkpoint(task);
        log.push("task done");
      });
      return "value";
    });
    expect(value).toBe("value");
    expect(log).toEqual(["task done", "exit", "service cleaned"]);
  });

  it("keeps a service running for a task that is spawned by the last one", async () => {
    const log: unknown[] = [];
    await taskGroup((group) => {
      group.background(async (service) => {
        await sleep(Infinity, service).catch(() => log.push("service stopped"));
      });
      group.spawn(async (task) => {
        await checkpoint(task);
        group.spawn(() => log.push("sibling"));
      });
    });
    expect(log).toEqual(["sibling", "service stopped"]);
  });

  it("fails the group with its failure, like any other task", async () => {
    const error = new Error("service");
    const log: unknown[] = [];
    const running = taskGroup((group) => {
      group.background(() => Promise.reject(error), { name: "heartbeat" });
      group.spawn((task) => sleep(Infinity, task).catch(() => log.push(String(task.reason))));
    });
    expect(await rejectionOf(running)).toBe(error);
    expect(log).toEqual([
      'AbortError: Task "heartbeat" failed, so the rest of its group was cancelled',
    ]);
  });

  it("fails the group when its cleanup fails at the very end", async () => {
    const error = new Error("cleanup");
    const running = taskGroup((group) => {
      group.background(async (service) => {
        await sleep(Infinity, service).catch(() => {});
        throw error;
      });
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("is stopped after every ordinary task has settled, also on cancellation from outside", async () => {
    const log: unknown[] = [];
    const outcome = await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.background(async (service) => {
            await sleep(Infinity, service).catch((reason: unknown) => log.push(reason));
          });
          group.spawn(async (task) => {
            await sleep(Infinity, task).catch(() => {});
            await checkpoint();
            await checkpoint();
            log.push("task cleaned");
            task.throwIfCancelled();
          });
        },
        { scope },
      );
      await checkpoint();
      scope.cancel("outer");
      await running;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
    expect(log).toEqual(["task cleaned", "outer"]);
  });

  it("tells a service why its group was stopped", async () => {
    const log: unknown[] = [];
    const note = async (service: { origin: unknown; signal: AbortSignal }): Promise<void> => {
      await sleep(Infinity, service).catch(() => log.push(service.origin));
    };
    await rejectionOf(
      taskGroup((group) => {
        group.background(note);
        group.spawn(() => Promise.reject(new Error("task")));
      }),
    );
    await rejectionOf(
      taskGroup(async (group) => {
        group.background(note);
        await checkpoint();
        throw new Error("body");
      }),
    );
    await rejectionOf(
      taskGroup(async (group) => {
        group.background(note);
        await checkpoint();
        group.cancel();
      }),
    );
    expect(log).toEqual(["sibling", "body", "parent"]);
  });

  it("is cancelled with its group, not failed, when it passes on what an awaited task was cancelled with", async () => {
    let service!: Task<void>;
    const running = taskGroup(
      async (group) => {
        const task = group.spawn((scope) => sleep(Infinity, scope));
        group.spawn(async (scope) => {
          await sleep(Infinity, scope).catch(() => {});
          await checkpoint();
          await checkpoint();
        });
        service = group.background(() => task);
        await checkpoint();
        group.cancel("cancelled");
      },
      { errors: "aggregate" },
    );
    expect(await rejectionOf(running)).toBe("cancelled");
    expect(service.status).toBe("cancelled");
  });

  it("does not run in a group that is cancelled", async () => {
    const log: unknown[] = [];
    const running = taskGroup((group) => {
      group.background(() => expect.unreachable());
      group.cancel("cancelled");
      const service = group.background(() => expect.unreachable());
      log.push(service.status);
      group.background(() => void log.push("always"), { start: "always" });
    });
    expect(await rejectionOf(running)).toBe("cancelled");
    expect(log).toEqual(["cancelled", "always"]);
  });

  it("does not decide the result by being stopped", async () => {
    const done = latch();
    const outcome = await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.background((service) => sleep(Infinity, service));
          group.spawn(() => done.promise);
          return "value";
        },
        { scope },
      );
      await checkpoint();
      scope.cancel("outer");
      done.open();
      return running;
    });
    expect(outcome).toEqual({ done: true, value: "value" });
  });

  it("takes no slot of a concurrency limit, for it would never give it back", async () => {
    const value = await taskGroup(
      async (group) => {
        group.background((service) => sleep(Infinity, service));
        group.background((service) => sleep(Infinity, service));
        return group.spawn(() => "had its turn");
      },
      { concurrency: 1 },
    );
    expect(value).toBe("had its turn");
  });

  it("can be cancelled alone", async () => {
    await taskGroup(async (group) => {
      const service = group.background((task) => sleep(Infinity, task));
      await checkpoint();
      service.cancel("alone");
      await service.settled();
      expect([service.status, group.cancelled]).toEqual(["cancelled", false]);
    });
  });

  it("may spawn tasks, which hold the group open", async () => {
    const log: string[] = [];
    await taskGroup(async (group) => {
      group.background(async (service) => {
        group.spawn(async (task) => {
          await checkpoint(task);
          await checkpoint(task);
          log.push("task of the service");
        });
        await sleep(Infinity, service).catch(() => log.push("stopped"));
      });
      await checkpoint();
    });
    expect(log).toEqual(["task of the service", "stopped"]);
  });
});
