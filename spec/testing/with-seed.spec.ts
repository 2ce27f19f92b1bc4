import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  checkpoint,
  Condition,
  Event,
  failAfter,
  Lock,
  openChannel,
  openTaskGroup,
  select,
  Semaphore,
  sleep,
  taskGroup,
  type TaskScope,
} from "../../lib/index.ts";
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

type Step = (task: TaskScope) => unknown;

/** What a task may do between two others. */
const steps: readonly [name: string, make: () => Step][] = [
  ["Semaphore.acquire", () => withEach(new Semaphore(9))],
  ["CapacityLimiter.acquire", () => withEach(new CapacityLimiter(9))],
  ["CapacityLimiter.with", () => bothWays(new CapacityLimiter(9))],
  ["Lock.acquire", () => withEach(new Lock())],
  ["Lock.with", () => bothWays(new Lock())],
  ["Condition.with", () => bothWays(new Condition())],
  ["Event.wait, set", () => eventSet()],
  ["a channel with room", () => throughChannel(9)],
  ["sleep(0)", () => (task) => sleep(0, task)],
  ["sleep(5)", () => (task) => sleep(5, task)],
  ["sleep(5) without a scope", () => () => sleep(5)],
  ["checkpoint", () => (task) => checkpoint(task)],
  ["setTimeout", () => () => new Promise((resolve) => setTimeout(resolve, 5))],
  ["setImmediate", () => () => new Promise((resolve) => setImmediate(resolve))],
  ["a task that is awaited", () => awaitTask],
  ["a group of one", () => () => taskGroup((group) => void group.spawn(() => {}))],
  ["a plain promise", () => async () => {}],
];

function withEach(gate: { acquire(task: TaskScope): Promise<{ release(): void }> }): Step {
  return async (task) => (await gate.acquire(task)).release();
}

function bothWays(gate: { with(fn: () => void, task: TaskScope): Promise<void> }): Step {
  return (task) => gate.with(() => {}, task);
}

function eventSet(): Step {
  const event = new Event();
  event.set();
  return (task) => event.wait(task);
}

function throughChannel(capacity: number): Step {
  const [send, receive] = openChannel<number>({ capacity });
  return async (task) => {
    await send.send(1, task);
    await receive.receive(task);
  };
}

async function awaitTask(): Promise<void> {
  const group = openTaskGroup();
  await group.spawn(() => 1);
  await group.join();
}

/** How many of two updates have an effect, with a step before each half of an update. */
async function updates(step: Step): Promise<number> {
  let value = 0;
  await taskGroup((group) => {
    for (let i = 0; i < 2; i++) {
      group.spawn(async (task) => {
        await step(task);
        const read = value;
        await step(task);
        value = read + 1;
      });
    }
  });
  return value;
}

describe("withSeed", () => {
  it.each(steps)("lets tasks overtake one another, or not, where they do: %s", async (_, make) => {
    const found = new Set<number>();
    for (let seed = 0; seed < 300 && found.size < 2; seed++) {
      const result = await withSeed(seed, () => updates(make()));
      expect(await withSeed(seed, () => updates(make()))).toBe(result);
      found.add(result);
    }
    expect(found).toEqual(new Set([1, 2]));
  });

  it.each(steps)("runs as without a seed in the empty schedule: %s", async (_, make) => {
    const order = async (): Promise<string> => {
      const events: string[] = [];
      const step = make();
      await taskGroup((group) => {
        for (const name of ["a", "b", "c"]) {
          group.spawn(async (task) => {
            for (let i = 0; i < 3; i++) {
              events.push(`${name}${i}`);
              await step(task);
            }
            // How many microtasks it took shows, too.
            for (let i = 0; i < 5; i++) {
              events.push(name);
              await Promise.resolve();
            }
          });
        }
      });
      return events.join(" ");
    };
    // In virtual time, for on a busy machine sleepers that began together may be woken apart.
    const usual = await withVirtualClock(order);
    expect(await withSeed([], order)).toBe(usual);
    expect(await withSeed([0, 0, 0], order)).toBe(usual);
  });

  it("lets nobody be late for a deadline", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const inTime = withSeed(seed, async () => {
        await taskGroup((group) => {
          for (const ms of [1, 5, 10, 10, 11]) {
            group.spawn((task) =>
              failAfter(
                12,
                async (scope) => {
                  await sleep(ms, scope);
                  await new Lock().with(() => {}, scope);
                },
                { scope: task },
              ),
            );
          }
        });
      });
      await expect(inTime).resolves.toBeUndefined();
    }
  });

  it("lets nobody be later than `lateMs`", async () => {
    const latest = async (lateMs: number): Promise<number> => {
      let late = 0;
      const body = async (clock: { now(): number }): Promise<void> => {
        await taskGroup((group) => {
          for (let i = 0; i < 6; i++) {
            group.spawn(async (task) => {
              for (let ms = 1; ms < 9; ms += 3) {
                const due = clock.now() + ms;
                await sleep(ms, task);
                late = Math.max(late, clock.now() - due);
              }
            });
          }
        });
      };
      for (let seed = 0; seed < 60; seed++) await withSeed(seed, body, { lateMs });
      return late;
    };
    expect(await latest(0)).toBe(0);
    expect(await latest(4)).toBe(4);
  });

  it("runs on the clock that there is, around it and inside of it", async () => {
    const inside = await withSeed(1, (clock) => withVirtualClock((same) => same === clock));
    expect(inside).toBe(true);
    const around = await withVirtualClock((clock) => withSeed(1, (same) => same === clock));
    expect(around).toBe(true);
  });

  it("seeds Math.random, and puts the host's back", async () => {
    const { random } = Math;
    const two = (seed: number): Promise<number[]> =>
      withSeed(seed, () => [Math.random(), Math.random()]);
    expect(await two(1)).toEqual(await two(1));
    expect(await two(1)).not.toEqual(await two(2));
    expect(Math.random).toBe(random);
  });

  it("calls no setTimeout and no setImmediate that was cleared while it was kept", async () => {
    for (let seed = 0; seed < 40; seed++) {
      await withSeed(seed, async () => {
        const left = { timeout: true, immediate: true };
        const timers = [5, 5].map((ms) =>
          setTimeout(() => {
            expect(left.timeout).toBe(true);
            left.timeout = false;
            for (const timer of timers) clearTimeout(timer);
          }, ms),
        );
        const immediates = [0, 1].map(() =>
          setImmediate(() => {
            expect(left.immediate).toBe(true);
            left.immediate = false;
            for (const immediate of immediates) clearImmediate(immediate);
          }),
        );
        await sleep(50);
        expect(left).toEqual({ timeout: false, immediate: false });
      });
    }
  });

  it("lets a task go on that loops until another has done something", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const ended = withSeed(seed, async () => {
        let done = false;
        await taskGroup((group) => {
          group.spawn(async (task) => {
            while (!done) await checkpoint(task);
          });
          group.spawn(async (task) => {
            await checkpoint(task);
            done = true;
          });
        });
      });
      await expect(ended).resolves.toBeUndefined();
    }
  });

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
    expect(() => withSeed([0, -1], () => {})).toThrow(
      "Expected `seed` to be a number or the answers of a schedule, integers of 0 or more, got -1 (number) at 1",
    );
    expect(() => withSeed([0.5], () => {})).toThrow(RangeError);
    expect(() => withSeed(1, () => {}, { lateMs: -1 })).toThrow(RangeError);
    expect(() => withSeed(1, undefined as never)).toThrow(TypeError);
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
