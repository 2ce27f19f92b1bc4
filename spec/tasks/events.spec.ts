import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import {
  all,
  race,
  sleep,
  type TaskCancelEvent,
  TaskCancelledError,
  type TaskEvent,
  taskGroup,
} from "../../lib/index.ts";

/** Collects what is published on a channel while `body` runs. */
async function published<E>(name: string, body: () => Promise<unknown>): Promise<E[]> {
  const events: E[] = [];
  const listener = (event: unknown): void => void events.push(event as E);
  subscribe(name, listener);
  try {
    await body();
  } finally {
    unsubscribe(name, listener);
  }
  return events;
}

describe("skein:task, start", () => {
  it("tells of every task with its handle, its name and its group's name", async () => {
    const handles: unknown[] = [];
    const events = await published<TaskEvent>("tracing:skein:task:start", () =>
      taskGroup(
        (group) => {
          handles.push(
            group.spawn(function first() {}),
            group.background(() => {}, { name: "b" }),
          );
        },
        { name: "group" },
      ),
    );
    expect(events.map(({ name, group }) => [name, group])).toEqual([
      ["first", "group"],
      ["b", "group"],
    ]);
    expect(events.map(({ task }) => task)).toEqual(handles);
    expect(events[0]!.scope.group).toBe(events[1]!.scope.group);
  });

  it("is published before the function is called", async () => {
    const order: string[] = [];
    const listener = (): void => void order.push("spawn");
    subscribe("tracing:skein:task:start", listener);
    await taskGroup((group) => void group.spawn(() => order.push("call")));
    unsubscribe("tracing:skein:task:start", listener);
    expect(order).toEqual(["spawn", "call"]);
  });
});

describe("who cancels a task when told of its start", () => {
  it.each([
    ["all", () => all([() => 1, () => 2])],
    ["race", () => race([() => 1, () => 2])],
  ] as const)("stops %s as one does that cancels itself", async (_, run) => {
    const cancel = (event: unknown): void => (event as TaskEvent).task.cancel("by a listener");
    subscribe("tracing:skein:task:start", cancel);
    const end = await run().catch((error: unknown) => error);
    unsubscribe("tracing:skein:task:start", cancel);
    expect(end).toBeInstanceOf(TaskCancelledError);
    expect((end as TaskCancelledError).cause).toBe("by a listener");
  });
});

describe("skein:task, asyncEnd", () => {
  it("tells how each task ended", async () => {
    const error = new Error("failed");
    const events = await published<TaskEvent>("tracing:skein:task:asyncEnd", () =>
      taskGroup(
        (group) => {
          group.spawn(() => 1, { name: "value" });
          group.spawn(() => Promise.reject(error), { name: "failure" });
          group.spawn((task) => sleep(60_000, task), { name: "sleeper" }).cancel();
        },
        { policy: "supervise" },
      ).catch(() => {}),
    );
    const told = events.map(({ name, status, error: failure }) => [name, status, failure]);
    expect(told.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ["failure", "rejected", error],
      ["sleeper", "cancelled", undefined],
      ["value", "fulfilled", undefined],
    ]);
  });

  it("does not count as having seen the failure", async () => {
    const error = new Error("failed");
    let rejection: unknown;
    await published("tracing:skein:task:asyncEnd", () =>
      taskGroup((group) => void group.spawn(() => Promise.reject(error)), {
        policy: "supervise",
      }).catch((thrown) => (rejection = thrown)),
    );
    expect(rejection).toBe(error);
  });
});

describe("skein:task:cancel", () => {
  it("tells of each task that a cancellation reached, with the reason", async () => {
    const events = await published<TaskCancelEvent>("skein:task:cancel", () =>
      taskGroup((group) => {
        group.spawn(() => 1, { name: "settled before" });
        const one = group.spawn((task) => sleep(60_000, task), { name: "cancelled" });
        group.spawn(async function finisher(task) {
          await sleep(0, task);
          one.cancel("reason");
          group.finish(undefined);
        });
      }),
    );
    expect(events[0]).toMatchObject({ name: "cancelled", reason: "reason" });
    expect(events.map(({ name }) => name)).toEqual(["cancelled", "finisher"]);
  });
});
