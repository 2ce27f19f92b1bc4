import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTaskGroup, type TaskGroup, taskGroup, taskTree } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const resolved = Promise.resolve();

describe("the beginning of tasks", () => {
  it("calls functions in the order of spawning, each in the context of its spawn, however many", async () => {
    const storage = new AsyncLocalStorage<number>();
    const counts = fc.array(fc.nat(60), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(counts, fc.nat(3), async (perGroup, depth) => {
        const begun: number[] = [];
        const seen: unknown[] = [];
        let spawned = 0;
        const fill = (group: TaskGroup, count: number, below: number): void => {
          for (let i = 0; i < count; i++) {
            const number = spawned++;
            storage.run(number, () =>
              group.spawn(() => {
                begun.push(number);
                seen.push(storage.getStore());
                if (i % 16 === 0 && below > 0) fill(group, count, below - 1);
              }),
            );
          }
        };
        await Promise.all(perGroup.map((count) => taskGroup((group) => fill(group, count, depth))));
        expect(begun).toEqual(Array.from({ length: spawned }, (_, i) => i));
        expect(seen).toEqual(begun);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps order and context for more than begin in one go, and for what those spawn", async () => {
    const storage = new AsyncLocalStorage<number>();
    const begun: number[] = [];
    const seen: unknown[] = [];
    let spawned = 0;
    await taskGroup((group) => {
      const spawn = (): void => {
        const number = spawned++;
        storage.run(number, () =>
          group.spawn(() => {
            begun.push(number);
            seen.push(storage.getStore());
            if (number % 3 === 0 && spawned < 40_000) spawn();
          }),
        );
      };
      while (spawned < 20_000) spawn();
    });
    expect(begun).toEqual(Array.from({ length: spawned }, (_, i) => i));
    expect(seen).toEqual(begun);
  });

  it("lets tasks of a long line make errors as quickly as those of a short one", async () => {
    // V8 looks along the line for each of them if it can: with it this takes many times the time that a spec has.
    const count = 60_000;
    let made = 0;
    await taskGroup((group) => {
      for (let i = 0; i < count; i++) {
        group.spawn(() => {
          if (new Error("made").message === "made") made++;
        });
      }
    });
    expect(made).toBe(count);
  });

  it("has called the functions of a thousand tasks when the spawner goes on after one turn", async () => {
    let begun = 0;
    await taskGroup(async (group) => {
      for (let i = 0; i < 1_000; i++) group.spawn(() => begun++);
      await resolved;
      expect(begun).toBe(1_000);
    });
  });

  it("lets tasks that end soon end before the last of very many begins", async () => {
    let running = 0;
    let most = 0;
    await taskGroup((group) => {
      for (let i = 0; i < 60_000; i++) {
        group.spawn(async () => {
          most = Math.max(most, ++running);
          await resolved;
          running--;
        });
      }
    });
    expect(running).toBe(0);
    expect(most).toBeLessThan(20_000);
  });

  it("begins those that follow when one throws at once", async () => {
    let begun = 0;
    const group = openTaskGroup({ policy: "supervise" });
    for (let i = 0; i < 100; i++) {
      group.spawn(() => {
        begun++;
        throw new Error(String(i));
      });
    }
    await rejectionOf(group.join());
    expect(begun).toBe(100);
  });

  it("shows those that have not begun in the task tree, in the order of spawning", async () => {
    await taskGroup(
      (group) => {
        group.spawn(() => {}, { name: "first" });
        group.spawn(() => {}, { name: "second" });
        const shown = taskTree().roots.find(({ name }) => name === "shown")!;
        expect(shown.children).toMatchObject([
          { kind: "task", name: "first", status: "pending" },
          { kind: "task", name: "second", status: "pending" },
        ]);
      },
      { name: "shown" },
    );
  });

  it("does not call the function of one that was cancelled after its spawn, alone or with its group", async () => {
    let called = 0;
    const alone = await taskGroup((group) => {
      const task = group.spawn(() => called++);
      task.cancel("not needed");
      return task.settled().then(() => task.status);
    });
    const group = openTaskGroup();
    const tasks = Array.from({ length: 100 }, () => group.spawn(() => called++));
    group.cancel("over");
    expect(await rejectionOf(group.join())).toBe("over");
    expect([alone, ...new Set(tasks.map(({ status }) => status))]).toEqual([
      "cancelled",
      "cancelled",
    ]);
    expect(called).toBe(0);
  });

  it("rejects, and loses nobody, when a promise that a function returns cannot be listened to", async () => {
    const poisoned = Promise.resolve(1);
    void Object.defineProperty(poisoned, "constructor", {
      get() {
        throw new Error("poisoned");
      },
    });
    let begun = 0;
    const running = taskGroup((group) => {
      group.spawn(() => poisoned);
      for (let i = 0; i < 100; i++) group.spawn(() => void begun++, { start: "always" });
    });
    expect(await rejectionOf(running)).toMatchObject({ message: "poisoned" });
    expect(begun).toBe(100);
  });

  it("settles a task once, whatever the promise of its function does", async () => {
    const twice = Promise.resolve("first");
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
    void Object.defineProperty(twice, "then", {
      value: (fulfil: (value: string) => void, reject: (error: unknown) => void) => {
        fulfil("first");
        reject(new Error("second"));
        fulfil("third");
        throw new Error("fourth");
      },
    });
    await taskGroup(async (group) => {
      const task = group.spawn(() => twice);
      await task.settled();
      expect([task.status, task.result()]).toEqual(["fulfilled", "first"]);
    });
  });
});
