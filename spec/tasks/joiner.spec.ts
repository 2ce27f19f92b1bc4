import { describe, expect, expectTypeOf, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  failuresOf,
  type Joiner,
  sleep,
  type Task,
  taskGroup,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** Stops after so many values and gives those. */
class FirstValues implements Joiner<unknown[]> {
  readonly #count: number;
  readonly spawned: string[] = [];
  readonly values: unknown[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  onSpawn(task: Task<unknown>): void {
    this.spawned.push(`${task.name}: ${task.status}`);
  }

  onSettle(task: Task<unknown>): boolean {
    if (task.status === "fulfilled") this.values.push(task.result());
    return this.values.length >= this.#count;
  }

  onDeadline(): unknown[] {
    return ["partial", ...this.values];
  }

  result(): unknown[] {
    return this.values;
  }
}

describe("taskGroup with a joiner", () => {
  it("gives the joiner's result in place of the body's", async () => {
    const running = taskGroup(
      (group) => {
        group.spawn(() => 1);
        group.spawn(() => 2);
        return "of the body";
      },
      { policy: new FirstValues(9) },
    );
    expectTypeOf(running).toEqualTypeOf<Promise<unknown[]>>();
    expect(await running).toEqual([1, 2]);
  });

  it("gives the body's value when the joiner makes none", async () => {
    expect(await taskGroup(() => "of the body", { policy: {} })).toBe("of the body");
  });

  it("stops the group when onSettle says so: the rest is cancelled and awaited", async () => {
    const log: unknown[] = [];
    let late!: Task<unknown>;
    const value = await taskGroup(
      async (group) => {
        group.spawn(async (task) => {
          await sleep(Infinity, task).catch(() => log.push(task.origin));
          await checkpoint();
          log.push("cleaned");
          task.throwIfCancelled();
        });
        group.spawn(() => 1);
        await sleep(Infinity, group).catch(() => log.push("body"));
        late = group.spawn(() => expect.unreachable());
        log.push(late.status);
      },
      { policy: new FirstValues(1) },
    );
    expect(value).toEqual([1]);
    expect(log).toEqual(["body", "exit", "cancelled", "cleaned"]);
  });

  it("tells of every spawn before the task runs, and of every settlement", async () => {
    const policy = new FirstValues(9);
    const settled: string[] = [];
    policy.onSettle = (task) => settled.push(`${task.name}: ${task.status}`) === 0;
    await taskGroup(
      async (group) => {
        group.spawn(() => 1, { name: "a" });
        group.background(() => Promise.reject(new Error("joiner's business")), { name: "b" });
        group.spawn(() => 1, { name: "c" }).cancel();
        await rejectionOf(group.start(() => {}, { name: "d" }));
      },
      { policy },
    );
    expect(policy.spawned).toEqual(["a: pending", "b: pending", "c: pending", "d: pending"]);
    expect(settled.toSorted()).toEqual([
      "a: fulfilled",
      "b: rejected",
      "c: cancelled",
      "d: fulfilled",
    ]);
  });

  it("may turn the group's deadline into a partial result", async () => {
    const value = await taskGroup(
      async (group) => {
        group.spawn((task) => sleep(Infinity, task));
        await group.spawn(() => 1);
        group.deadline = 0;
      },
      { policy: new FirstValues(2) },
    );
    expect(value).toEqual(["partial", 1]);
    expect(
      await taskGroup(() => expect.unreachable(), { policy: new FirstValues(1), timeoutMs: 0 }),
    ).toEqual(["partial"]);
  });

  it("rejects with the DeadlineError when it has no answer to it", async () => {
    const running = taskGroup((group) => sleep(Infinity, group), { policy: {}, timeoutMs: 1 });
    expect(await rejectionOf(running)).toMatchObject({ name: "TimeoutError" });
  });

  it("rejects with the reason of a cancellation from outside, and of its own cancel()", async () => {
    await cancelScope(async (scope) => {
      const policy = new FirstValues(1);
      const running = taskGroup((group) => void group.spawn((task) => sleep(Infinity, task)), {
        policy,
        scope,
      });
      await checkpoint();
      scope.cancel("outer");
      expect(await rejectionOf(running)).toBe("outer");
    });
    const own = taskGroup((group) => group.cancel("own"), { policy: new FirstValues(1) });
    expect(await rejectionOf(own)).toBe("own");
  });

  /** Cancelled from outside while its tasks wait, which then end as told. */
  async function interrupted(
    policy: Joiner,
    ...ends: ("stops" | "gives" | "fails")[]
  ): Promise<unknown> {
    return cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          for (const end of ends) {
            group.spawn(async (task) => {
              await sleep(Infinity, task).catch((reason: unknown) => {
                if (end === "stops") throw reason;
              });
              if (end === "fails") throw new Error("cleanup");
              return end;
            });
          }
        },
        { policy, scope },
      );
      await checkpoint();
      scope.cancel("outer");
      return running;
    });
  }

  it("is asked for its result though the group was cancelled, when every task ended normally", async () => {
    const policy = new FirstValues(3);
    expect(await interrupted(policy, "gives", "gives")).toMatchObject({
      done: true,
      value: ["gives", "gives"],
    });
    expect(await interrupted(new FirstValues(3), "gives", "stops")).toMatchObject({
      reason: "outer",
    });
  });

  it("keeps its result when it has what it wants in spite of a cancellation", async () => {
    const outcome = await interrupted(new FirstValues(1), "stops", "gives", "fails");
    expect(outcome).toMatchObject({ done: true, value: ["gives"] });
  });

  it("does not hide what fails after a cancellation, when it is not asked", async () => {
    for (const ends of [["fails"], ["stops", "fails"], ["gives", "fails"]] as const) {
      const error = await rejectionOf(interrupted(new FirstValues(9), ...ends));
      expect(failuresOf(error).map(String)).toEqual(["Error: cleanup"]);
    }
  });

  it("leaves the failures of tasks to the joiner, but not that of the body", async () => {
    const policy = new FirstValues(9);
    const task = new Error("task");
    expect(
      await taskGroup((group) => void group.spawn(() => Promise.reject(task)), { policy }),
    ).toEqual([]);
    const body = new Error("body");
    expect(await rejectionOf(taskGroup(() => Promise.reject(body), { policy }))).toBe(body);
  });

  it("rejects with what its cleanup throws, though its joiner has a result", async () => {
    const policy = new FirstValues(1);
    const error = new Error("cleanup");
    const running = taskGroup(
      (group) => {
        group.defer(() => {
          throw error;
        });
        group.spawn(() => "enough");
      },
      { policy },
    );
    expect(await rejectionOf(running)).toBe(error);
    expect(policy.values).toEqual(["enough"]);
  });

  it.each(["onSpawn", "onSettle", "onDeadline", "result"] as const)(
    "rejects with what %s throws, after everything has settled",
    async (hook) => {
      const error = new Error(hook);
      const log: string[] = [];
      const policy: Joiner = {
        [hook]: () => {
          throw error;
        },
      };
      const running = taskGroup(
        async (group) => {
          group.spawn(() => log.push("ran"), { start: "always" });
          if (hook === "onDeadline") await sleep(Infinity, group);
          await checkpoint();
        },
        // Long enough for the body to begin, also on a busy machine: a group whose time is over before has none.
        { policy, timeoutMs: hook === "onDeadline" ? 500 : Infinity },
      );
      expect(await rejectionOf(running)).toBe(error);
      expect(failuresOf(error)).toEqual([error]);
      expect(log).toEqual(["ran"]);
    },
  );
});
