import { describe, expect, it } from "vitest";
import * as ambient from "../../lib/ambient.ts";
import {
  all,
  allSettled,
  any,
  cancelScope,
  checkpoint,
  currentScope,
  failAfter,
  hedge,
  invoke,
  iterateInThreadpool,
  main,
  mapConcurrent,
  moveOnAfter,
  openDependencies,
  openTaskGroup,
  race,
  resolveDependencies,
  retry,
  runInThreadpool,
  runProcess,
  shield,
  sleep,
  spawn,
  streamConcurrent,
  taskGroup,
  threaded,
} from "../../lib/ambient.ts";
import * as explicit from "../../lib/index.ts";

const hour = 3_600_000;

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _value of stream);
}

function spin(): void {
  for (;;);
}

const declaredSpin = threaded(import.meta, spin);
const declaredSquare = threaded(import.meta, (n: number) => n * n);

function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}

const slow = explicit.provide(async () => sleep(hour));

const waits: Record<string, () => Promise<unknown>> = {
  sleep: () => sleep(hour),
  checkpoint: async () => {
    for (;;) await checkpoint();
  },
  cancelScope: () => cancelScope(() => sleep(hour)),
  moveOnAfter: () => moveOnAfter(hour, () => sleep(hour)),
  failAfter: () => failAfter(hour, () => sleep(hour)),
  taskGroup: () => taskGroup(() => void spawn(() => sleep(hour))),
  openTaskGroup: () => {
    const group = openTaskGroup();
    group.spawn((task) => explicit.sleep(hour, task));
    return group.join();
  },
  all: () => all([() => sleep(hour)]),
  allSettled: () => allSettled([() => sleep(hour)]),
  any: () => any([() => sleep(hour)]),
  race: () => race([() => sleep(hour)]),
  mapConcurrent: () => mapConcurrent([1], () => sleep(hour)),
  streamConcurrent: () => drain(streamConcurrent([1], () => sleep(hour))),
  retry: () => retry(() => sleep(hour)),
  hedge: () => hedge(() => sleep(hour), { afterMs: hour }),
  runInThreadpool: () => runInThreadpool(spin),
  runProcess: () => runProcess(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]),
  threaded: () => declaredSpin(),
  invoke: () => Promise.all([invoke(spin), invoke(async () => sleep(hour))]),
  iterateInThreadpool: () => drain(iterateInThreadpool(endless)),
  resolveDependencies: () => resolveDependencies({ slow }),
  openDependencies: () => openDependencies({ slow }),
};

/** `spawn` and `main` are tried on their own: they need a group, and are one. A shield keeps cancellation out. */
const others = ["currentScope", "spawn", "main", "shield"];

describe("every function of skein/ambient that waits", () => {
  it("is tried here", () => {
    expect([...Object.keys(waits), ...others].toSorted()).toEqual(Object.keys(ambient).toSorted());
  });

  it.each(Object.keys(waits))("is cancelled with the current scope: %s", async (name) => {
    const reason = new Error("reason");
    const outcome = await cancelScope(async (scope) => {
      const waiting = waits[name]!();
      setTimeout(() => scope.cancel(reason), 5);
      await waiting;
    });
    expect(outcome).toEqual({ done: false, reason });
  });
});

describe("a scope that is named", () => {
  it("counts instead of the current one", async () => {
    const controller = new AbortController();
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      const slept = await cancelScope(() => sleep(0), { scope: controller });
      await sleep(0, controller);
      return slept.done;
    });
    expect(outcome).toEqual({ done: true, value: true });
  });
});

describe("the short forms of calls in threads", () => {
  it("take a scope in the first place, which counts instead of the current one", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      return explicit.cancelScope(
        async (other) => [
          await runInThreadpool(other, (n: number) => n + 1, 1),
          await iterateInThreadpool(other, () => ["a"]).next(),
          await invoke(other, (n: number) => n + 1, 2),
          await declaredSquare.in(other)(2),
        ],
        { scope: new AbortController() },
      );
    });
    const value = [2, { done: false, value: "a" }, 3, 4];
    expect(outcome).toEqual({ done: true, value: { done: true, value } });
  });
});

describe("invoke", () => {
  it("calls nothing under a current scope that is cancelled already", async () => {
    const called: string[] = [];
    const outcome = await cancelScope(async (scope) => {
      scope.cancel("enough");
      await invoke(async () => called.push("called"));
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(called).toEqual([]);
  });

  it("makes what is named the current scope in an async function", async () => {
    const controller = new AbortController();
    const call = cancelScope(() =>
      invoke(controller, async () => {
        expect(currentScope()?.cancelled).toBe(false);
        queueMicrotask(() => controller.abort("enough"));
        await sleep(hour);
      }),
    );
    await expect(call).rejects.toBe("enough");
  });
});

describe("shield", () => {
  it("shields what its body calls, without being told", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      await shield(async () => {
        await sleep(0);
        await checkpoint();
      });
      return "flushed";
    });
    expect(outcome).toEqual({ done: true, value: "flushed" });
  });
});

describe("spawn", () => {
  it("starts a task in the innermost group around it", async () => {
    await taskGroup(async (outer) => {
      await taskGroup((inner) => {
        spawn((task) => expect(task.group).toBe(inner));
      });
      spawn((task) => expect(task.group).toBe(outer));
    });
  });

  it("starts a sibling from inside a task", async () => {
    await taskGroup((group) => {
      spawn(() => {
        spawn((task) => expect(task.group).toBe(group));
      });
    });
  });

  it("looks past cancel scopes, which do not reach the task", async () => {
    await taskGroup(async () => {
      let task: explicit.Task<string> | undefined;
      await cancelScope(async (scope) => {
        task = spawn(async () => {
          await sleep(1);
          return "done";
        });
        scope.cancel();
        await sleep(hour);
      });
      expect(await task).toBe("done");
    });
  });

  it("is refused where there is no group", () => {
    expect(() => spawn(() => {})).toThrow(
      expect.objectContaining({ code: "ERR_SKEIN_NO_GROUP" }) as Error,
    );
  });

  it("is refused once the group has ended", async () => {
    let late: (() => void) | undefined;
    await taskGroup(() => {
      const resume = new Promise<void>((resolve) => (late = resolve));
      void resume.then(() => spawn(() => {})).catch((error) => (late = error));
    });
    late!();
    await checkpoint();
    expect(late).toBeInstanceOf(explicit.GroupEndedError);
  });
});

describe("main", () => {
  it("is the current group of its program", async () => {
    let name: string | undefined;
    await main(() => void spawn((task) => (name = task.group.name)));
    expect(name).toBe("main");
    expect(currentScope()).toBeUndefined();
  });
});
