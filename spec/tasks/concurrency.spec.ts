import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  checkpoint,
  failuresOf,
  type Limiter,
  sleep,
  type Task,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** A limiter that knows nothing of cancellation. */
function deafLimiter(total: number): Limiter & { readonly held: number; readonly asked: number } {
  const limit = pLimit(total);
  let held = 0;
  let asked = 0;
  return {
    acquire: () =>
      new Promise((resolve) => {
        asked++;
        const released = latch();
        void limit(() => {
          held++;
          const release = (): void => {
            held--;
            released.open();
          };
          resolve({ release });
          return released.promise;
        });
      }),
    get held() {
      return held;
    },
    get asked() {
      return asked;
    },
  };
}

const kinds = {
  "a number": (total: number) => total,
  "a CapacityLimiter": (total: number) => new CapacityLimiter(total),
  "a limiter that knows no cancellation": deafLimiter,
  "a limit function of p-limit": (total: number) => pLimit(total),
};

describe.each(Object.entries(kinds))("TaskGroupOptions.concurrency as %s", (_kind, limit) => {
  it.each([1, 2, 50])("runs %i tasks at once and no more, in the order of spawning", async (n) => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await taskGroup(
      (group) => {
        for (let i = 0; i < 60; i++) {
          group.spawn(async (task) => {
            order.push(i);
            most = Math.max(most, ++running);
            await checkpoint(task);
            running--;
          });
        }
      },
      { concurrency: limit(n) },
    );
    expect(most).toBe(n);
    expect(order).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it("lets the next one in when a task fails", async () => {
    const order: string[] = [];
    await rejectionOf(
      taskGroup(
        (group) => {
          group.spawn(() => {
            order.push("thrown");
            throw new Error("thrown");
          });
          group.spawn(() => {
            order.push("rejected");
            return Promise.reject(new Error("rejected"));
          });
          group.spawn(() => order.push("third"));
        },
        { concurrency: limit(1), policy: "supervise" },
      ),
    );
    expect(order).toEqual(["thrown", "rejected", "third"]);
  });

  it("never starts what is queued when the group is cancelled, and settles it at once", async () => {
    const first = latch();
    const statuses: string[] = [];
    const running = taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        const queued = [1, 2, 3].map(() => group.spawn(() => expect.unreachable()));
        await checkpoint();
        group.cancel("cancelled");
        await Promise.all(queued.map((task) => task.settled()));
        statuses.push(...queued.map((task) => task.status));
        first.open();
      },
      { concurrency: limit(1) },
    );
    expect(await rejectionOf(running)).toBe("cancelled");
    expect(statuses).toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  it('starts what is queued with start: "always", in its turn', async () => {
    const log: unknown[] = [];
    const running = taskGroup(
      async (group) => {
        group.spawn(async (task) => {
          await sleep(Infinity, task).catch(() => {});
          await checkpoint();
          log.push("first done");
        });
        group.spawn((task) => void log.push(task.cancelled), { start: "always" });
        await checkpoint();
        group.cancel("cancelled");
      },
      { concurrency: limit(1) },
    );
    await rejectionOf(running);
    expect(log).toEqual(["first done", true]);
  });

  it("goes past a queued task that was cancelled alone", async () => {
    const first = latch();
    const log: string[] = [];
    await taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        const second = group.spawn(() => expect.unreachable());
        const third = group.spawn(() => void log.push("third"));
        await checkpoint();
        second.cancel();
        await second.settled();
        log.push(second.status);
        first.open();
        await third;
      },
      { concurrency: limit(1) },
    );
    expect(log).toEqual(["cancelled", "third"]);
  });

  it("gives its slot back when a task is cancelled between its turn and its call", async () => {
    const first = latch();
    const log: string[] = [];
    await taskGroup(
      async (group) => {
        const queued: Task<void>[] = [];
        group.spawn(() => first.promise);
        group.defer(() => log.push("done"));
        queued.push(group.spawn(() => expect.unreachable()));
        queued.push(group.spawn(() => void log.push("third")));
        await checkpoint();
        first.open();
        await first.promise;
        queued[0]!.cancel();
        await queued[1];
      },
      { concurrency: limit(1) },
    );
    expect(log).toEqual(["third", "done"]);
  });

  it("is shared by groups, or is each group's own", async () => {
    const concurrency = limit(1);
    let running = 0;
    let most = 0;
    const run = (): Promise<void> =>
      taskGroup(
        (group) => {
          for (let i = 0; i < 3; i++) {
            group.spawn(async () => {
              most = Math.max(most, ++running);
              await checkpoint();
              running--;
            });
          }
        },
        { concurrency },
      );
    await Promise.all([run(), run()]);
    expect(most).toBe(typeof concurrency === "number" ? 2 : 1);
  });
});

describe("TaskGroupOptions.concurrency", () => {
  it("fails the group when a governor cannot take a permit back, and waits for all tasks", async () => {
    const errors = [new Error("first"), new Error("second")];
    const governor: Limiter = {
      async acquire() {
        return {
          release() {
            throw errors[released++];
          },
        };
      },
    };
    let released = 0;
    let stopped = false;
    const running = taskGroup(
      (group) => {
        group.spawn(async (task) => {
          await sleep(Infinity, task).catch(() => {});
          await checkpoint();
          stopped = true;
        });
        group.spawn(() => checkpoint());
      },
      { concurrency: governor },
    );
    const error = await rejectionOf(running);
    expect(error).toBe(errors[0]);
    expect(failuresOf(error)).toEqual(errors);
    expect(stopped).toBe(true);
  });

  it("fails the group, too, when the task was cancelled before it got the permit", async () => {
    const failure = new Error("release");
    const asked = latch();
    const granted = latch();
    const governor: Limiter = {
      async acquire() {
        asked.open();
        await granted.promise;
        return {
          release() {
            throw failure;
          },
        };
      },
    };
    const running = taskGroup(
      async (group) => {
        const task = group.spawn(() => {});
        await asked.promise;
        task.cancel();
        granted.open();
        await checkpoint();
      },
      { concurrency: governor },
    );
    expect(await rejectionOf(running)).toBe(failure);
  });

  it("gives every permit back, also one that comes after the cancellation", async () => {
    const limiter = deafLimiter(1);
    const first = latch();
    const running = taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        group.spawn(() => expect.unreachable());
        await checkpoint();
        group.cancel();
        first.open();
      },
      { concurrency: limiter },
    );
    await rejectionOf(running);
    await checkpoint();
    expect([limiter.asked, limiter.held]).toEqual([2, 0]);
  });

  it("fails a task whose limiter refuses", async () => {
    const error = new Error("no permits today");
    for (const acquire of [
      () => Promise.reject(error),
      () => {
        throw error;
      },
    ]) {
      const running = taskGroup((group) => void group.spawn(() => expect.unreachable()), {
        concurrency: { acquire },
      });
      expect(await rejectionOf(running)).toBe(error);
    }
  });

  it("fails the queued tasks when the queue of a limit function is cleared", async () => {
    const limit = pLimit({ concurrency: 1, rejectOnClear: true });
    const first = latch();
    let queued!: Task<void>;
    const running = taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        queued = group.spawn(() => expect.unreachable());
        await checkpoint();
        limit.clearQueue();
        await sleep(Infinity, group).catch(() => first.open());
      },
      { concurrency: limit },
    );
    expect(await rejectionOf(running)).toMatchObject({ name: "AbortError" });
    expect(queued.status).toBe("rejected");
    expect(limit.activeCount).toBe(0);
  });

  it("lets a cancelled group end although a cleared queue will never answer", async () => {
    const limit = pLimit(1);
    const first = latch();
    const running = taskGroup(
      async (group) => {
        group.spawn(() => first.promise);
        group.spawn(() => expect.unreachable());
        await checkpoint();
        limit.clearQueue();
        first.open();
        group.cancel("cancelled");
      },
      { concurrency: limit },
    );
    expect(await rejectionOf(running)).toBe("cancelled");
  });
});
