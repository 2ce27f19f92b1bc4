import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  failuresOf,
  GroupEndedError,
  openTaskGroup,
  sleep,
  type Task,
} from "../../lib/index.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

describe("openTaskGroup", () => {
  it("waits in join() for every task, also for one that is spawned meanwhile, and ends", async () => {
    const log: string[] = [];
    const group = openTaskGroup();
    group.spawn(async (task) => {
      await checkpoint(task);
      group.spawn(() => log.push("sibling"));
      log.push("task");
    });
    await group.join();
    expect(log).toEqual(["task", "sibling"]);
    expect(thrownBy(() => group.spawn(() => {}))).toBeInstanceOf(GroupEndedError);
    await group[Symbol.asyncDispose]();
  });

  it("stays open without tasks until it is joined", async () => {
    const group = openTaskGroup();
    await checkpoint();
    expect(await group.spawn(() => "still open")).toBe("still open");
    await checkpoint();
    expect(await group.spawn(() => "still open")).toBe("still open");
    await group.join();
    await group.join();
  });

  it("rejects from join() with the first failure, and dispose does not throw it again", async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const group = openTaskGroup();
    group.spawn(async (task) => {
      await sleep(Infinity, task).catch(() => {});
      throw second;
    });
    group.spawn(() => Promise.reject(first));
    expect(await rejectionOf(group.join())).toBe(first);
    expect(failuresOf(first)).toEqual([first, second]);
    await group[Symbol.asyncDispose]();
  });

  it("cancels what is left when it is disposed of unjoined, waits for it, and resolves", async () => {
    const log: unknown[] = [];
    const group = openTaskGroup();
    group.spawn(async (task) => {
      await sleep(Infinity, task).catch(() => log.push(task.origin));
      await checkpoint();
      log.push("cleaned");
      task.throwIfCancelled();
    });
    group.background((service) => sleep(Infinity, service));
    group.defer(() => log.push("deferred"));
    await checkpoint();
    await group[Symbol.asyncDispose]();
    expect(log).toEqual(["exit", "cleaned", "deferred"]);
    await group[Symbol.asyncDispose]();
  });

  it("throws from dispose the failures that nobody has seen, and only those", async () => {
    const [seen, unseen] = [new Error("seen"), new Error("unseen")];
    const group = openTaskGroup();
    const task: Task<never> = group.spawn(() => Promise.reject(seen));
    await rejectionOf(task);
    await group[Symbol.asyncDispose]();
    const other = openTaskGroup();
    other.spawn(() => Promise.reject(unseen));
    await checkpoint();
    expect(await rejectionOf(other[Symbol.asyncDispose]())).toBe(unseen);
  });

  it("waits in dispose for a join() that was not awaited", async () => {
    const log: string[] = [];
    const group = openTaskGroup();
    group.spawn(async (task) => {
      await checkpoint(task);
      log.push("task");
    });
    void group.join();
    await group[Symbol.asyncDispose]();
    expect(log).toEqual(["task"]);
  });

  it("rejects from join() with the outer reason", async () => {
    await cancelScope(async (scope) => {
      const group = openTaskGroup({ scope });
      group.spawn((task) => sleep(Infinity, task));
      await checkpoint();
      scope.cancel("outer");
      expect(await rejectionOf(group.join())).toBe("outer");
    });
  });

  it("is cancelled from the start by a signal that is aborted already", async () => {
    const group = openTaskGroup({ signal: AbortSignal.abort("before") });
    const task = group.spawn(() => expect.unreachable());
    expect([group.cancelled, task.status]).toEqual([true, "cancelled"]);
    expect(await rejectionOf(group.join())).toBe("before");
  });

  it("refuses bad options synchronously", () => {
    expect(thrownBy(() => openTaskGroup({ timeoutMs: NaN }))).toBeInstanceOf(RangeError);
    expect(thrownBy(() => openTaskGroup({ policy: "all" as never }))).toBeInstanceOf(TypeError);
  });
});
