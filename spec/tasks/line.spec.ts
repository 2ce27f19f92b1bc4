import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTaskGroup, type Task, taskGroup, taskTree } from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("tasks in line for a place", () => {
  it("begin in the order of spawning, never more than there are places, cancelled ones left out", async () => {
    const actions = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.constant({ type: "spawn" as const }) },
        { weight: 3, arbitrary: fc.record({ type: fc.constant("end" as const), at: fc.nat() }) },
        { weight: 4, arbitrary: fc.record({ type: fc.constant("cancel" as const), at: fc.nat() }) },
        { weight: 1, arbitrary: fc.constant({ type: "look" as const }) },
        { weight: 2, arbitrary: fc.constant({ type: "wait" as const }) },
      ),
      { minLength: 10, maxLength: 60, size: "max" },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), actions, async (places, plan) => {
        const storage = new AsyncLocalStorage<number>();
        const group = openTaskGroup({ concurrency: places });
        const tasks: Task<void>[] = [];
        const ends: ReturnType<typeof latch<void>>[] = [];
        const cancelledInLine = new Map<number, string>();
        const begun: number[] = [];
        const seen: unknown[] = [];
        let running = 0;
        let most = 0;
        const spawn = (): void => {
          const number = tasks.length;
          const end = latch();
          ends.push(end);
          storage.run(number, () => {
            const task = group.spawn(async () => {
              begun.push(number);
              seen.push(storage.getStore());
              most = Math.max(most, ++running);
              await end.promise;
              running--;
            });
            tasks.push(task);
          });
        };
        const withStatus = (status: string): number[] =>
          tasks.flatMap((task, i) => (task.status === status ? [i] : []));
        for (const action of plan) {
          if (action.type === "spawn") spawn();
          else if (action.type === "look") taskTree();
          else if (action.type === "wait") await turn();
          else if (action.type === "end") {
            const going = withStatus("running");
            if (going.length > 0) ends[going[action.at % going.length]!]!.open();
          } else {
            await turn();
            const waiting = withStatus("pending");
            if (waiting.length === 0) continue;
            const chosen = waiting[action.at % waiting.length]!;
            tasks[chosen]!.cancel();
            cancelledInLine.set(chosen, tasks[chosen]!.status);
          }
        }
        for (const end of ends) end.open();
        await group.join();
        expect([...cancelledInLine.values()].every((status) => status === "cancelled")).toBe(true);
        expect(begun).toEqual(tasks.map((_, i) => i).filter((i) => !cancelledInLine.has(i)));
        expect(seen).toEqual(begun);
        expect(most).toBeLessThanOrEqual(places);
      }),
      { numRuns: 100 },
    );
  });

  it("settle at once when the group is cancelled, but for those that start always", async () => {
    const begun: string[] = [];
    const end = latch();
    const group = openTaskGroup({ concurrency: 1 });
    group.spawn(() => end.promise);
    const plain = [group.spawn(() => begun.push("plain")), group.spawn(() => begun.push("plain"))];
    const always = group.spawn(() => void begun.push("always"), { start: "always" });
    await turn();
    group.cancel("over");
    expect(plain.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    expect(always.status).toBe("pending");
    const late = group.spawn(() => void begun.push("late"), { start: "always" });
    end.open();
    expect(await rejectionOf(group.join())).toBe("over");
    expect([always.status, late.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(begun).toEqual(["always", "late"]);
  });

  it("stand in the task tree, with what they wait for", async () => {
    const end = latch();
    await taskGroup(
      async (group) => {
        group.spawn(() => end.promise, { name: "running" });
        group.spawn(() => {}, { name: "in line" });
        await turn();
        const shown = taskTree().roots.find(({ name }) => name === "shown")!;
        expect(shown.children).toMatchObject([
          { name: "running", status: "running" },
          {
            name: "in line",
            status: "pending",
            children: [{ kind: "wait", name: "its turn in a queue" }],
          },
        ]);
        end.open();
      },
      { name: "shown", concurrency: 1 },
    );
  });

  it.each([
    ["looked at before", () => void taskTree()],
    ["not looked at before", () => {}],
  ])("run like any other, %s, and can be cancelled while they run", async (_name, look) => {
    const first = latch();
    let reason: unknown;
    await taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        const task = group.spawn(
          (scope) => new Promise((resolve) => scope.onCancel((why) => resolve((reason = why)))),
        );
        await turn();
        look();
        first.open();
        await turn();
        expect(task.status).toBe("running");
        task.cancel("late");
        expect(task.status).toBe("running");
        await task.settled();
        expect(task.status).toBe("fulfilled");
      },
      { concurrency: 1 },
    );
    expect(reason).toBe("late");
  });
});
