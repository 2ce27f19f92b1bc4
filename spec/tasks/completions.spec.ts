import { describe, expect, it } from "vitest";
import { checkpoint, sleep, taskGroup } from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

describe("TaskGroup.completions", () => {
  it("gives the tasks in the order in which they settle, until none is left", async () => {
    const order: string[] = [];
    await taskGroup(
      async (group) => {
        const slow = latch();
        group.spawn(() => slow.promise, { name: "slow" });
        group.spawn((task) => checkpoint(task), { name: "quick" });
        group.spawn(() => Promise.reject(new Error("failed")), { name: "failing" });
        group.spawn(() => {}, { name: "cancelled" }).cancel();
        for await (const { task } of group.completions()) {
          order.push(`${task.name} ${task.status}`);
          if (task.name === "quick") slow.open();
          await task.catch(() => {});
        }
        order.push("none left");
      },
      { policy: "supervise" },
    );
    expect(order).toEqual([
      "cancelled cancelled",
      "failing rejected",
      "quick fulfilled",
      "slow fulfilled",
      "none left",
    ]);
  });

  it("gives tasks that are spawned meanwhile, too, but no service", async () => {
    const names: string[] = [];
    await taskGroup(async (group) => {
      group.background((service) => sleep(Infinity, service), { name: "service" });
      group.spawn(() => {}, { name: "1" });
      for await (const { task } of group.completions()) {
        names.push(task.name);
        if (names.length < 3) group.spawn(() => {}, { name: String(names.length + 1) });
      }
    });
    expect(names).toEqual(["1", "2", "3"]);
  });

  it("is done at once in a group without tasks", async () => {
    await taskGroup(async (group) => {
      expect(await group.completions().next()).toEqual({ done: true, value: undefined });
    });
  });

  it("cancels what still runs and waits for it when the loop is left early", async () => {
    const log: unknown[] = [];
    const value = await taskGroup(async (group) => {
      group.spawn(() => {}, { name: "first" });
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => log.push(task.origin));
        await checkpoint();
        log.push("cleaned");
        task.throwIfCancelled();
      });
      for await (const { task } of group.completions()) {
        log.push(task.name);
        break;
      }
      log.push(group.cancelled);
      return "value";
    });
    expect(value).toBe("value");
    expect(log).toEqual(["first", "exit", "cleaned", false]);
  });

  it("rejects with the group's reason when that is cancelled while it waits", async () => {
    const running = taskGroup(async (group) => {
      group.spawn((task) => sleep(Infinity, task));
      const next = group.completions().next();
      group.cancel("cancelled");
      expect(await rejectionOf(next)).toBe("cancelled");
    });
    expect(await rejectionOf(running)).toBe("cancelled");
  });

  it("rejects with the group's reason when that was cancelled before it waits", async () => {
    const cleaned = latch();
    let caught: unknown;
    const reason = await rejectionOf(
      taskGroup(async (group) => {
        group.spawn((task) => sleep(3_600_000, task).catch(() => cleaned.promise));
        await checkpoint(group);
        group.cancel("enough");
        await group
          .completions()
          .next()
          .catch((error: unknown) => (caught = error))
          .finally(() => cleaned.open());
        throw group.reason;
      }),
    );
    expect(caught).toBe(reason);
  });

  it("gives what has settled before it tells of the cancellation", async () => {
    const running = taskGroup(async (group) => {
      const completions = group.completions();
      group.spawn(() => {}, { name: "settled" });
      group.spawn((task) => sleep(Infinity, task), { name: "running" });
      await checkpoint();
      group.cancel("cancelled");
      const first = await completions.next();
      expect(first.value.task.name).toBe("settled");
      await completions.next();
    });
    expect(await rejectionOf(running)).toBe("cancelled");
  });

  it("serves concurrent calls of next() and return(), and return() waits for all tasks", async () => {
    const log: string[] = [];
    await taskGroup(async (group) => {
      for (const turns of [1, 3]) {
        group.spawn(async (task) => {
          await sleep(Infinity, task).catch(() => {});
          for (let i = 0; i < turns; i++) await checkpoint();
          log.push(`cleaned after ${turns}`);
        });
      }
      await checkpoint();
      const completions = group.completions();
      const nexts = [completions.next(), completions.next()];
      await completions.return?.();
      log.push("returned");
      expect(await Promise.all(nexts)).toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
      ]);
      expect(await completions.next()).toEqual({ done: true, value: undefined });
    });
    expect(log).toEqual(["cleaned after 1", "cleaned after 3", "returned"]);
  });

  it("serves several listeners", async () => {
    const names: string[] = [];
    await taskGroup(async (group) => {
      for (const name of ["a", "b"]) group.spawn(() => {}, { name });
      const listen = async (): Promise<void> => {
        for await (const { task } of group.completions()) names.push(task.name);
      };
      await Promise.all([listen(), listen()]);
    });
    expect(names.toSorted()).toEqual(["a", "a", "b", "b"]);
  });
});
