import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CancelScope,
  checkpoint,
  DeadlineError,
  failuresOf,
  GroupEndedError,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

describe("TaskGroup.defer", () => {
  it("runs its callbacks after every task has settled, the last registered first", async () => {
    const log: string[] = [];
    const value = await taskGroup((group) => {
      group.defer(() => log.push("registered first"));
      group.spawn(async (task) => {
        group.defer(async () => {
          await checkpoint();
          log.push("registered by a task");
        });
        await checkpoint(task);
        log.push("task");
      });
      group.background(async (task) => {
        await sleep(Infinity, task).catch(() => log.push("service"));
      });
      return "value";
    });
    expect(value).toBe("value");
    expect(log).toEqual(["task", "service", "registered by a task", "registered first"]);
  });

  it("shields its callbacks", async () => {
    const seen: unknown[] = [];
    const controller = new AbortController();
    const running = taskGroup((group) => {
      group.defer(async (scope) => {
        seen.push(scope.cancelled, scope.signal.aborted);
        await checkpoint(scope);
        seen.push("waited");
      });
      group.spawn((task) => sleep(Infinity, task));
    }, controller);
    await checkpoint();
    controller.abort("outer");
    expect(await rejectionOf(running)).toBe("outer");
    expect(seen).toEqual([false, false, "waited"]);
  });

  it("runs the others when one throws, and counts its error as a failure", async () => {
    const [body, one, two] = [new Error("body"), new Error("one"), new Error("two")];
    const fail = (error: Error) => () => {
      throw error;
    };
    const alone = taskGroup((group) => {
      group.defer(fail(two));
      group.defer(() => Promise.reject(one));
    });
    expect(await rejectionOf(alone)).toBe(one);
    expect(failuresOf(one)).toEqual([one, two]);
    const withBody = taskGroup((group) => {
      group.defer(fail(one));
      throw body;
    });
    expect(await rejectionOf(withBody)).toBe(body);
    expect(failuresOf(body)).toEqual([body, one]);
  });

  it("waits for a callback that cancels its own scope", async () => {
    const log: string[] = [];
    const cleaning = latch();
    const running = taskGroup((group) => {
      group.defer(async (scope) => {
        scope.cancel();
        await cleaning.promise;
        log.push("cleaned");
        await sleep(1, scope);
      });
    }).then(() => log.push("settled"));
    await checkpoint();
    cleaning.open();
    await running;
    expect(log).toEqual(["cleaned", "settled"]);
  });

  it("counts what the cancel callbacks of its scope throw", async () => {
    const error = new Error("callback");
    const running = taskGroup((group) => {
      group.defer((scope) => {
        scope.onCancel(() => {
          throw error;
        });
        scope.cancel();
      });
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("does not let anything be spawned or deferred any more", async () => {
    await taskGroup((group) => {
      group.defer(() => {
        expect(thrownBy(() => group.spawn(() => {}))).toBeInstanceOf(GroupEndedError);
        expect(thrownBy(() => group.defer(() => {}))).toBeInstanceOf(GroupEndedError);
      });
    });
  });

  it("refuses what is no function, and a generator, naming it", async () => {
    await taskGroup((group) => {
      expect(thrownBy(() => group.defer(1 as never))).toBeInstanceOf(TypeError);
    });
    const running = taskGroup((group) => {
      group.defer(function* flush() {
        yield 1;
      });
    });
    await expect(running).rejects.toThrow(/^Expected `flush` to be a plain or async function/);
  });
});

describe("TaskGroup.defer with a callback that hangs", () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(() => clock[Symbol.dispose]());

  it("waits 30 s for it, tells it, goes on with the others, and fails", async () => {
    const log: string[] = [];
    const hanging = latch();
    let scope!: CancelScope;
    const running = taskGroup(
      (group) => {
        group.defer(() => log.push("next"));
        group.defer((own) => {
          scope = own;
          return hanging.promise;
        });
      },
      { name: "server" },
    );
    await checkpoint();
    clock.advance(29_999);
    await checkpoint();
    expect([log, scope.cancelled]).toEqual([[], false]);
    clock.advance(1);
    const error = await rejectionOf(running);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(String(error)).toMatch(/deferred callback of server" was not done within 30000 ms$/);
    expect([log, scope.cancelled]).toEqual([["next"], true]);
    hanging.open();
  });

  it("warns when it fails after all, but not when it obeyed", async () => {
    const warnings: unknown[] = [];
    const listen = (warning: unknown): unknown => warnings.push(warning);
    process.on("warning", listen);
    const late = new Error("late");
    const hanging = latch();
    const running = taskGroup((group) => {
      group.defer((scope) => sleep(Infinity, scope));
      group.defer(() => hanging.promise);
    });
    await checkpoint();
    clock.advance(30_000);
    await checkpoint();
    clock.advance(30_000);
    await rejectionOf(running);
    hanging.break(late);
    await checkpoint();
    await checkpoint();
    process.off("warning", listen);
    expect(warnings).toEqual([late]);
  });

  it("leaves no timer when its callbacks are done", async () => {
    await taskGroup((group) => {
      group.defer(() => expect(clock.armed).toBe(true));
    });
    expect(clock.armed).toBe(false);
  });
});
