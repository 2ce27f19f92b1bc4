import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import {
  all,
  cancelScope,
  type CancelScope,
  checkpoint,
  DeadlockError,
  Event,
  Lock,
  openChannel,
  openTaskGroup,
  select,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import {
  ExplorationError,
  explore,
  type ExploreOptions,
  type VirtualClock,
  withSeed,
  withVirtualClock,
} from "../../lib/testing.ts";

type Body = (clock: VirtualClock) => unknown;

async function failureOf(body: Body, options?: ExploreOptions): Promise<ExplorationError> {
  const error: unknown = await explore(body, options).then(
    () => new Error("It was not found"),
    (reason: unknown) => reason,
  );
  assert(error instanceof ExplorationError, String(error));
  return error;
}

/** Two tasks that read, do something and write. */
async function updates(step: () => Promise<unknown>): Promise<number> {
  let value = 0;
  await taskGroup((group) => {
    for (const name of ["left", "right"]) {
      group.spawn(
        async () => {
          const read = value;
          await step();
          value = read + 1;
        },
        { name },
      );
    }
  });
  return value;
}

describe("explore", () => {
  it("says that it ran all orders, and that no more are there", async () => {
    const seen = new Set<string>();
    const body = async (): Promise<void> => {
      const order: number[] = [];
      await taskGroup((group) => {
        for (let i = 0; i < 3; i++) group.spawn(() => sleep(0).then(() => order.push(i)));
      });
      seen.add(order.join(""));
    };
    const explored = await explore(body, { preemptions: Infinity, maxRuns: Infinity });
    expect(explored).toEqual({ complete: true, preemptions: Infinity, runs: explored.runs });
    expect([...seen].toSorted()).toEqual(["012", "021", "102", "120", "201", "210"]);
  });

  it("lets others go on between the functions of a combinator, which begin together otherwise", async () => {
    const seen = new Set<boolean>();
    await explore(async () => {
      let hasGoneOn = false;
      const first = async (task: CancelScope): Promise<void> => {
        await checkpoint(task);
        hasGoneOn = true;
      };
      await all([first, () => seen.add(hasGoneOn)]);
    });
    expect(seen).toEqual(new Set([false, true]));
  });

  it("knows who waits for a turn of the event loop also after one was cancelled whose turn had come", async () => {
    await explore(() =>
      cancelScope(async (scope) => {
        const cancelled = checkpoint(scope).catch(() => {});
        await checkpoint().then(() => scope.cancel());
        await cancelled;
      }),
    );
    await failureOf(async () => assert.equal(await updates(() => checkpoint()), 2));
  });

  it("says up to where it ran all orders if it did not run all", async () => {
    const body = (): Promise<number> => updates(() => sleep(1));
    expect(await explore(body, { preemptions: 0, maxRuns: 1 })).toEqual({
      complete: false,
      preemptions: 0,
      runs: 1,
    });
    const one = await explore(body, { preemptions: 1, maxRuns: 20 });
    expect(one).toEqual({ complete: false, preemptions: 1, runs: 20 });
  });

  it("ends with the error of the body, the fewest steps to it in words, and the schedule", async () => {
    const lock = new Lock();
    const once: Body = async () => {
      // The usual order loses an update, so the fault is that none is lost.
      if ((await updates(() => lock.with(() => {}))) === 2) throw new RangeError("none is lost");
    };
    const error = await failureOf(once);
    expect(error).toMatchObject({ name: "ExplorationError", code: "ERR_SKEIN_EXPLORATION" });
    expect(error.cause).toEqual(new RangeError("none is lost"));
    expect(error.schedule.filter((answer) => answer !== 0)).toHaveLength(1);
    expect(error.message).toMatch(/^RangeError: none is lost\nThat is in this order/);
    expect(error.message).toMatch(/1\. task "(left|right)" #\d is kept back/);
    expect(error.message).toContain(`await withSeed(${JSON.stringify(error.schedule)}, body)`);
    await expect(withSeed(error.schedule, once)).rejects.toThrow("none is lost");
  });

  it("finds at once what the usual order shows", async () => {
    const error = await failureOf(() => Promise.reject(new Error("always")));
    expect(error).toMatchObject({ schedule: [], runs: 1 });
    expect(error.message).toContain("That is in the usual order already");
    const thrown: unknown = await explore(() => {
      // oxlint-disable-next-line no-throw-literal -- a body may throw anything
      throw undefined;
    }).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(ExplorationError);
  });

  it("lets tasks overtake one another over sleeps, turns of the event loop and timeouts", async () => {
    for (const step of [
      () => sleep(3),
      () => checkpoint(),
      () => new Promise((resolve) => setTimeout(resolve, 3)),
      () => new Promise((resolve) => setImmediate(resolve)),
    ]) {
      const error = await failureOf(async () => expect(await updates(step)).toBe(1));
      expect(error.schedule.length).toBeGreaterThan(0);
    }
  });

  it("keeps to the time if nobody may be late", async () => {
    const body: Body = async () => expect(await updates(() => sleep(3))).toBe(1);
    const { complete } = await explore(body, { lateMs: 0, preemptions: Infinity });
    expect(complete).toBe(true);
    const error = await failureOf(body, { lateMs: 3 });
    expect(error.message).toContain(`body, { lateMs: 3 })`);
  });

  it("tries every clause of a select", async () => {
    const taken = new Set<string>();
    await explore(
      async () => {
        const clauses = ["a", "b", "c"].map((key) => {
          const [send, receive] = openChannel<number>({ capacity: 1 });
          send.trySend(1);
          return [key, receive] as const;
        });
        taken.add((await select(Object.fromEntries(clauses))).key);
      },
      { preemptions: 1 },
    );
    expect([...taken].toSorted()).toEqual(["a", "b", "c"]);
  });

  it("finds a deadlock, and says who waits for what", async () => {
    const error = await failureOf(async () => {
      const [left, right] = [new Lock(), new Lock()];
      const both = (first: Lock, second: Lock): Promise<void> =>
        first.with(() => second.with(() => {}));
      await taskGroup((group) => {
        group.spawn((task) => left.with((held) => right.with(() => {}, held), task), {
          name: "lr",
        });
        // In the usual order this one comes when the other is done.
        group.spawn(async (task) => {
          for (let i = 0; i < 20; i++) await Promise.resolve();
          await right.with((held) => left.with(() => {}, held), task);
        });
      });
      await both(left, right);
    });
    expect(error.cause).toBeInstanceOf(DeadlockError);
    expect(error.message).toMatch(/task "lr": running\n +scope\n +waits for a lock/);
    expect(error.schedule.filter((answer) => answer !== 0).length).toBeLessThanOrEqual(2);
  });

  it("finds by priorities what is many steps away, and leaves the needless ones out", async () => {
    // The last of four to write must be the first that was spawned, and so backwards.
    const body: Body = async () => {
      const order: number[] = [];
      await taskGroup((group) => {
        for (let i = 0; i < 4; i++) group.spawn(() => sleep(0).then(() => order.push(i)));
      });
      if (order.join("") === "3210") throw new Error("backwards");
    };
    const error = await failureOf(body, { preemptions: 0, maxRuns: 2_000 });
    expect(error.cause).toEqual(new Error("backwards"));
    const steps = error.schedule.filter((answer) => answer !== 0);
    expect(steps.length).toBeGreaterThan(2);
    for (const [at, answer] of error.schedule.entries()) {
      if (answer > 0) await withSeed(error.schedule.with(at, 0), body);
    }
  });

  it("refuses a body that does not do the same again", async () => {
    let runs = 0;
    const body: Body = async () => {
      const tasks = ++runs;
      await taskGroup((group) => {
        for (let i = 0; i < tasks; i++) group.spawn((task) => sleep(1, task));
      });
    };
    await expect(explore(body)).rejects.toMatchObject({
      code: "ERR_SKEIN_NOT_REPEATABLE",
      message: expect.stringMatching(
        /at point \d+ there was .+ before, and now there is/,
      ) as string,
    });
    let failed = false;
    const flaky: Body = () => {
      if (failed) return;
      failed = true;
      throw new Error("once");
    };
    await expect(explore(flaky)).rejects.toMatchObject({ code: "ERR_SKEIN_NOT_REPEATABLE" });
  });

  it("refuses a body that leaves something running", async () => {
    const groups: { join(): Promise<void> }[] = [];
    const error = await failureOf(() => void groups.push(openTaskGroup({ name: "left" })));
    expect(error.cause).toMatchObject({ code: "ERR_SKEIN_TASKS_LEFT" });
    expect(error.message).toContain('group "left", not joined');
    for (const group of groups) await group.join().catch(() => {});
  });

  it("gives each run the clock, at the same time", async () => {
    const starts = new Set<number>();
    await explore(async (clock) => {
      starts.add(clock.now());
      await taskGroup((group) => {
        for (let i = 0; i < 2; i++) group.spawn((task) => sleep(3_600_000, task));
      });
      expect(await withVirtualClock((same) => same)).toBe(clock);
    });
    expect(starts.size).toBe(1);
  });

  it("carries its result and its steps for a body that waits for an event", async () => {
    const error = await failureOf(async () => {
      const ready = new Event();
      let value = "";
      await taskGroup((group) => {
        group.spawn(async () => {
          await new Lock().with(() => {});
          value = "written";
        });
        group.spawn(async (task) => {
          await new Lock().with(() => {}, task);
          ready.set();
        });
        group.spawn(async (task) => {
          await ready.wait(task);
          expect(value).toBe("written");
        });
      });
    });
    expect(error.schedule.filter((answer) => answer !== 0)).toHaveLength(1);
  });

  it("refuses wrong arguments, and to run beside others of its kind", async () => {
    expect(() => explore(undefined as never)).toThrow(TypeError);
    expect(() => explore(() => {}, { preemptions: -1 })).toThrow(
      "Expected `preemptions` to be an integer of 0 or more, or Infinity, got -1 (number)",
    );
    expect(() => explore(() => {}, { maxRuns: 0 })).toThrow(RangeError);
    expect(() => explore(() => {}, { maxRuns: "x" as never })).toThrow(TypeError);
    const overlap = expect.objectContaining({ code: "ERR_SKEIN_TEST_OVERLAP" }) as Error;
    const first = explore(() => {});
    expect(() => explore(() => {})).toThrow(overlap);
    expect(() => withSeed(1, () => {})).toThrow(overlap);
    await first;
    const clock = withVirtualClock(() => sleep(1));
    expect(() => explore(() => {})).toThrow(overlap);
    await clock;
    await explore(() => {});
  });
});
