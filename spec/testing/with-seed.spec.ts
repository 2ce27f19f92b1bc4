import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openChannel, select, sleep, taskGroup } from "../../lib/index.ts";
import { schedules } from "../../lib/testing/fast-check.ts";
import { type Schedule, withSeed, withVirtualClock } from "../../lib/testing.ts";

/** A program with many ways to go; what happened, in order. */
function trace(seed: number | Schedule): Promise<string> {
  return withSeed(seed, () =>
    withVirtualClock(async () => {
      const events: string[] = [];
      const [send, receive] = openChannel<number>({ capacity: 2 });
      await taskGroup((group) => {
        for (let i = 0; i < 4; i++) {
          group.spawn(async (task) => {
            events.push(`begin ${i}`);
            await sleep(10, task);
            events.push(`awake ${i}`);
            await send.send(i, task);
            events.push(`sent ${i}`);
          });
        }
        group.spawn(async (task) => {
          for (let i = 0; i < 4; i++) events.push(`got ${await receive.receive(task)}`);
        });
      });
      return events.join(", ");
    }),
  );
}

const usual = await trace([]);

describe("withSeed", () => {
  it("runs the same way with the same seed", async () => {
    for (let seed = 0; seed < 10; seed++) expect(await trace(seed)).toBe(await trace(seed));
  });

  it("runs many ways with many seeds", async () => {
    const ways = new Set<string>();
    for (let seed = 0; seed < 20; seed++) ways.add(await trace(seed));
    expect(ways.size).toBeGreaterThan(10);
  });

  it("lets tasks begin in the order of spawning with every seed", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const begun = (await trace(seed)).match(/begin \d/g);
      expect(begun).toEqual(["begin 0", "begin 1", "begin 2", "begin 3"]);
    }
  });

  it("also where they wait for their turn", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const begun = await withSeed(seed, async () => {
        const order: number[] = [];
        await taskGroup(
          (group) => {
            for (let i = 0; i < 6; i++) {
              group.spawn(async (task) => {
                order.push(i);
                await sleep(0, task);
              });
            }
          },
          { concurrency: 2 },
        );
        return order;
      });
      expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  it("runs the usual way with the empty schedule", async () => {
    expect(await trace([])).toBe(usual);
    expect(await trace([0, 0, 0])).toBe(usual);
  });

  it("finds a fault that the usual order hides", async () => {
    const faulty = async (): Promise<boolean> => {
      let balance = 10;
      const withdraw = async (task: { signal: AbortSignal }): Promise<void> => {
        await sleep(1, task);
        const read = balance;
        if (read < 10) return;
        await sleep(0, task);
        balance -= 10;
      };
      await taskGroup((group) => {
        group.spawn(withdraw);
        group.spawn(withdraw);
      });
      return balance === 0;
    };
    const found: boolean[] = [];
    for (let seed = 0; seed < 10; seed++) {
      found.push(await withSeed(seed, () => withVirtualClock(faulty)));
    }
    expect(found).toContain(false);
  });

  it("decides the choices of select, too", async () => {
    const picks = (seed: number): Promise<string> =>
      withSeed(seed, async () => {
        const keys: string[] = [];
        for (let i = 0; i < 8; i++) {
          const [sendA, a] = openChannel<number>({ capacity: 1 });
          const [sendB, b] = openChannel<number>({ capacity: 1 });
          sendA.trySend(1);
          sendB.trySend(2);
          keys.push(String((await select({ a, b })).key));
        }
        return keys.join("");
      });
    expect(await picks(3)).toBe(await picks(3));
    expect(new Set(await picks(3)).size).toBe(2);
  });

  it("passes failures on", async () => {
    const failing = withSeed(1, () =>
      taskGroup((group) => void group.spawn(() => Promise.reject(new Error("failed")))),
    );
    await expect(failing).rejects.toThrow("failed");
  });

  it("refuses to run twice at a time, and what is no seed", async () => {
    const first = withSeed(1, () => sleep(0));
    expect(() => withSeed(1, () => {})).toThrow(
      expect.objectContaining({ code: "ERR_SKEIN_TEST_OVERLAP" }) as Error,
    );
    await first;
    expect(() => withSeed("x" as never, () => {})).toThrow(TypeError);
  });
});

describe("schedules", () => {
  it("lead to every order, and shrink to the shortest list that does", async () => {
    const property = fc.asyncProperty(schedules(), async (schedule) => {
      const order = await withSeed(schedule, async () => {
        const done: number[] = [];
        await taskGroup((group) => {
          for (let i = 0; i < 3; i++)
            group.spawn((task) => sleep(0, task).then(() => done.push(i)));
        });
        return done.join("");
      });
      return order === "012";
    });
    const { failed, counterexample } = await fc.check(property, { seed: 1 });
    expect(failed).toBe(true);
    expect(counterexample![0].length).toBeLessThanOrEqual(12);
  });
});
