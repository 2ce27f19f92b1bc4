import { AsyncLocalStorage } from "node:async_hooks";
import pLimit from "p-limit";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  checkpoint,
  sleep,
  streamConcurrent,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const storage = new AsyncLocalStorage<string>();

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await checkpoint();
    yield item;
  }
}

describe("AsyncLocalStorage", () => {
  it("gives a task the context of its spawn, and keeps changes apart", async () => {
    const seen: unknown[] = [];
    await storage.run("group", () =>
      taskGroup(async (group) => {
        storage.run("spawn", () =>
          group.spawn(async (task) => {
            seen.push(storage.getStore());
            storage.enterWith("changed by the task");
            await checkpoint(task);
            seen.push(storage.getStore());
          }),
        );
        await checkpoint();
        seen.push(storage.getStore());
      }),
    );
    expect(seen).toEqual(["spawn", "group", "changed by the task"]);
  });

  it.each(
    Object.entries({
      "a number": 1,
      "a CapacityLimiter": new CapacityLimiter(1),
      "a limit function": pLimit(1),
    }),
  )("gives a queued task the context of its spawn too, with %s", async (_kind, concurrency) => {
    const seen: unknown[] = [];
    const first = latch();
    await storage.run("group", () =>
      taskGroup(
        (group) => {
          storage.run("first", () => group.spawn(() => first.promise));
          storage.run("second", () => group.spawn(() => seen.push(storage.getStore())));
          storage.run("opener", () => setImmediate(() => first.open()));
        },
        { concurrency },
      ),
    );
    expect(seen).toEqual(["second"]);
  });

  it("gives start(), background() and defer() the context of their calls", async () => {
    const seen: unknown[] = [];
    const note = (): void => void seen.push(storage.getStore());
    await storage.run("group", () =>
      taskGroup((group) => {
        storage.run("deferred", () => group.defer(note));
        storage.run("started", () => {
          void group.start((_task, started: () => void) => {
            note();
            started();
          });
        });
        storage.run("service", () => group.background(note));
      }),
    );
    expect(seen).toEqual(["started", "service", "deferred"]);
  });

  it("gives a cancel callback the context of its registration, not of the canceller", async () => {
    const seen: unknown[] = [];
    const running = taskGroup(async (group) => {
      storage.run("registered", () => group.onCancel(() => seen.push(storage.getStore())));
      storage.run("registered in a task", () => {
        group.spawn((task) => {
          task.onCancel(() => seen.push(storage.getStore()));
          return sleep(Infinity, task);
        });
      });
      await checkpoint();
      storage.run("canceller", () => group.cancel());
      storage.run("late", () => group.onCancel(() => seen.push(storage.getStore())));
    });
    await rejectionOf(running);
    expect(seen).toEqual(["registered", "registered in a task", "late"]);
  });

  it("goes on after a wait in the context of whoever waited", async () => {
    const seen: unknown[] = [];
    await taskGroup(async (group) => {
      storage.run("waiter", () =>
        group.spawn(async (task) => {
          await sleep(Infinity, task).catch(() => seen.push(storage.getStore()));
        }),
      );
      await checkpoint();
      storage.run("canceller", () => group.finish(undefined));
    });
    expect(seen).toEqual(["waiter"]);
  });

  it("gives the calls of a stream the context of the first request, whoever reads", async () => {
    const stores = async (): Promise<string | undefined> => {
      await checkpoint();
      return storage.getStore();
    };
    for (const source of [[1, 2, 3, 4], later([1, 2, 3, 4])]) {
      const stream = streamConcurrent(source, stores, { concurrency: 2 });
      const seen: unknown[] = [];
      for (const reader of ["first", "second", "third", "fourth"]) {
        seen.push((await storage.run(reader, () => stream.next())).value);
        await checkpoint();
      }
      expect(seen).toEqual(["first", "first", "first", "first"]);
      await stream.return!();
    }
  });
});
