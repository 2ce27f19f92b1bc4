import { describe, expect, it } from "vitest";
import { cancelScope, checkpoint, failuresOf, sleep, taskGroup } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const supervise = { policy: "supervise" } as const;

describe('taskGroup with policy: "supervise"', () => {
  it("lets siblings and the body go on when a task fails", async () => {
    const log: unknown[] = [];
    const value = await taskGroup(async (group) => {
      const failing = group.spawn(() => Promise.reject(new Error("failed")));
      group.spawn(async (task) => {
        await checkpoint(task);
        log.push("sibling");
      });
      await failing.catch(() => log.push("seen"));
      await checkpoint(group);
      log.push(group.cancelled, group.failures.length);
      return "value";
    }, supervise);
    expect(value).toBe("value");
    expect(log).toEqual(["seen", "sibling", false, 1]);
  });

  it("reports at its end the failures that nobody observed, and no others", async () => {
    const [seen, first, second] = [new Error("seen"), new Error("first"), new Error("second")];
    const running = taskGroup(async (group) => {
      const observed = group.spawn(() => Promise.reject(seen));
      const settled = group.spawn(() => Promise.reject(first));
      group.spawn(() => Promise.reject(second));
      await observed.catch(() => {});
      await settled.settled();
      return "value";
    }, supervise);
    expect(await rejectionOf(running)).toBe(first);
    expect(failuresOf(first)).toEqual([first, second]);
  });

  it("counts asking for the result as observing", async () => {
    const error = new Error("failed");
    const value = await taskGroup(async (group) => {
      const task = group.spawn(() => Promise.reject(error));
      await task.settled();
      expect(() => task.result()).toThrow(error);
      return "value";
    }, supervise);
    expect(value).toBe("value");
  });

  it("reports a failure that is undefined, too", async () => {
    const running = taskGroup((group) => void group.spawn(() => Promise.reject()), supervise);
    expect(await rejectionOf(running)).toBe(undefined);
  });

  it("cancels its tasks when the body throws", async () => {
    const error = new Error("body");
    let origin: unknown;
    const running = taskGroup(async (group) => {
      group.spawn((task) => sleep(Infinity, task).finally(() => (origin = task.origin)));
      await checkpoint();
      throw error;
    }, supervise);
    expect(await rejectionOf(running)).toBe(error);
    expect(origin).toBe("body");
  });

  it("cancels its tasks when it is cancelled from outside", async () => {
    const outcome = await cancelScope(async (scope) => {
      const running = taskGroup((group) => void group.spawn((task) => sleep(Infinity, task)), {
        ...supervise,
        scope,
      });
      await checkpoint();
      scope.cancel("outer");
      await running;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });
});
