import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  all,
  cancelScope,
  checkpoint,
  failuresOf,
  isCancelled,
  mapConcurrent,
  provide,
  resolveDependencies,
  retry,
  shield,
  sleep,
  streamConcurrent,
  taskGroup,
  type ScopeLike,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** The questions that tell libraries of structured concurrency apart. */
describe("taskGroup, probed", () => {
  it("has finished a sibling's asynchronous cleanup before it rejects", async () => {
    let cleaned = false;
    const running = taskGroup((group) => {
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => {});
        for (let i = 0; i < 10; i++) await checkpoint();
        cleaned = true;
      });
      group.spawn(() => Promise.reject(new Error("failed")));
    });
    await rejectionOf(running);
    expect(cleaned).toBe(true);
  });

  it("makes both errors reachable when a task fails and another one fails in its cleanup", async () => {
    const [failed, cleanup] = [new Error("failed"), new Error("cleanup")];
    const running = taskGroup((group) => {
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => {});
        throw cleanup;
      });
      group.spawn(() => Promise.reject(failed));
    });
    expect(failuresOf(await rejectionOf(running))).toEqual([failed, cleanup]);
  });

  it("rejects promptly when a task fails while the body waits", async () => {
    const error = new Error("failed");
    const running = taskGroup(async (group) => {
      group.spawn(() => Promise.reject(error));
      await sleep(Infinity, group);
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("causes no unhandled rejection when nobody awaits the handle of a task that fails", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): unknown => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const error = new Error("failed");
    const running = taskGroup((group) => {
      const failing = group.spawn(() => Promise.reject(error));
      void failing.settled();
      group.spawn((task) => sleep(Infinity, task));
    });
    expect(await rejectionOf(running)).toBe(error);
    await checkpoint();
    await checkpoint();
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  it("joins a task that still runs when the body returns", async () => {
    let done = false;
    await taskGroup((group) => {
      group.spawn(async (task) => {
        await checkpoint(task);
        done = true;
      });
    });
    expect(done).toBe(true);
  });

  it("rejects when a task throws undefined", async () => {
    const running = taskGroup((group) => {
      group.spawn(() => {
        throw undefined;
      });
      return "value";
    });
    expect(await rejectionOf(running)).toBe(undefined);
  });

  it("rejects with the very reason of an external abort", async () => {
    const reason = new Error("external");
    const controller = new AbortController();
    const running = taskGroup(
      async (group) => delay(60_000, undefined, { signal: group.signal }),
      controller,
    );
    controller.abort(reason);
    expect(await rejectionOf(running)).toBe(reason);
  });

  it("waits for a task that ignores its cancellation", async () => {
    const ignoring = latch();
    let settled = false;
    const running = taskGroup((group) => {
      group.spawn(() => ignoring.promise);
      group.spawn(() => Promise.reject(new Error("failed")));
    }).finally(() => (settled = true));
    void running.catch(() => {});
    for (let i = 0; i < 10; i++) await checkpoint();
    expect(settled).toBe(false);
    ignoring.open();
    await rejectionOf(running);
  });

  it("prints no MaxListenersExceededWarning with 500 tasks that use their signals", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): unknown => warnings.push(warning);
    process.on("warning", listen);
    await taskGroup(async (group) => {
      for (let i = 0; i < 500; i++) {
        group.spawn((task) => delay(60_000, undefined, { signal: task.signal }));
      }
      await checkpoint();
      group.finish(undefined);
    });
    await checkpoint();
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it("leaves no listener of 200 groups on one external signal", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 200; i++) {
      await taskGroup((group) => void group.spawn((task) => checkpoint(task)), { signal });
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("what throws when it is looked at", () => {
  const look = (): never => {
    throw new Error("looked at");
  };
  const thrown: Record<string, object> = {
    "an object with getters": Object.defineProperties(
      {},
      { name: { get: look }, code: { get: look }, cause: { get: look } },
    ),
    "an error with a cause that cannot be read": Object.defineProperty(new Error("odd"), "cause", {
      get: look,
    }),
    "a revoked proxy": ((): object => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
  };
  const late = (error: object) => (within: ScopeLike) =>
    sleep(Infinity, within).catch(() => {
      throw error;
    });
  const places: Record<string, (error: object) => Promise<unknown>> = {
    "a task": (error) => taskGroup((group) => void group.spawn(() => Promise.reject(error))),
    "a task that was cancelled": (error) =>
      taskGroup(async (group) => {
        group.spawn(late(error));
        await checkpoint();
        group.cancel();
      }),
    "a body that was cancelled": (error) =>
      taskGroup((group) => {
        group.cancel();
        throw error;
      }),
    "a scope that was cancelled": (error) =>
      cancelScope((scope) => {
        scope.cancel();
        throw error;
      }),
    "a shield that was cancelled": (error) =>
      shield((scope) => {
        scope.cancel();
        throw error;
      }),
    "a service that is stopped": (error) =>
      taskGroup(async (group) => {
        group.background(late(error));
        await checkpoint();
      }),
    all: (error) => all([() => Promise.reject(error)]),
    retry: (error) => retry(() => Promise.reject(error), { maxAttempts: 1, baseMs: 1 }),
    mapConcurrent: (error) => mapConcurrent([1], () => Promise.reject(error)),
    streamConcurrent: (error) => streamConcurrent([1], () => Promise.reject(error)).next(),
    "a provider that was cancelled": (error) =>
      cancelScope(async (scope) => {
        const slow = provide(async (_, context) => late(error)(context));
        const resolving = resolveDependencies({ slow }, { scope });
        scope.cancel();
        await resolving;
      }),
  };

  describe.each(Object.keys(places))("by %s", (place) => {
    it.each(Object.keys(thrown))("is its failure all the same: %s", async (kind) => {
      const error = thrown[kind]!;
      let rejection: { readonly error: unknown } | undefined;
      await places[place]!(error).catch((reason: unknown) => (rejection = { error: reason }));
      expect(rejection !== undefined && rejection.error === error).toBe(true);
    });
  });

  it.each(Object.keys(thrown))("is no cancellation: %s", (kind) => {
    expect(isCancelled(thrown[kind])).toBe(false);
  });
});
