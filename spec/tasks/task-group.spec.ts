import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  cancelScope,
  checkpoint,
  failuresOf,
  GroupEndedError,
  sleep,
  type Task,
  type TaskGroup,
  taskGroup,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

/** Rejects with `error` from a task's cleanup, when the task is cancelled. */
async function failInCleanup(task: { signal: AbortSignal }, error: unknown): Promise<never> {
  await sleep(Infinity, task).catch(() => {});
  throw error;
}

describe("taskGroup", () => {
  it("resolves with the value of its body after every task has settled", async () => {
    const log: string[] = [];
    const value = await taskGroup(async (group) => {
      group.spawn(async (task) => {
        await checkpoint(task);
        log.push("task");
      });
      log.push("body");
      return "value";
    });
    expect(value).toBe("value");
    expect(log).toEqual(["body", "task"]);
  });

  it("calls its body at once, which may be a plain function", async () => {
    let called = false;
    const running = taskGroup(() => {
      called = true;
      return 1;
    });
    expect(called).toBe(true);
    expect(await running).toBe(1);
  });

  it("settles on a later turn of the microtask queue, also when it is empty", async () => {
    const log: string[] = [];
    const running = taskGroup(() => {}).then(() => log.push("settled"));
    log.push("next line");
    await running;
    expect(log).toEqual(["next line", "settled"]);
  });

  it("outlives its body while a task runs, and lets that task spawn siblings", async () => {
    const log: string[] = [];
    await taskGroup((group) => {
      group.spawn(async (task) => {
        await checkpoint(task);
        task.group.spawn(async (sibling) => {
          await checkpoint(sibling);
          log.push("sibling");
        });
        log.push("task");
      });
    });
    expect(log).toEqual(["task", "sibling"]);
  });

  it("refuses to spawn once it has ended, and never calls the function", async () => {
    let ended!: TaskGroup;
    await taskGroup((group) => void (ended = group), { name: "requests" });
    const never = (): void => expect.unreachable();
    const uses: (() => unknown)[] = [
      () => ended.spawn(never),
      () => ended.background(never),
      () => ended.start(never),
      () => ended.defer(never),
      () => ended.finish(1),
    ];
    for (const use of uses) expect(thrownBy(use)).toBeInstanceOf(GroupEndedError);
    expect(String(thrownBy(uses[0]!))).toMatch(/^GroupEndedError: Task group "requests" has ended/);
    await checkpoint();
  });

  it("refuses to spawn once it has ended by failing, in the same way", async () => {
    let ended!: TaskGroup;
    const running = taskGroup((group) => {
      ended = group;
      throw new Error("failed");
    });
    await rejectionOf(running);
    expect(thrownBy(() => ended.spawn(() => {}))).toBeInstanceOf(GroupEndedError);
  });

  it("settles only after its tasks when its body throws, synchronously too", async () => {
    for (const asynchronous of [true, false]) {
      const error = new Error("body");
      const cleaning = latch();
      const log: string[] = [];
      const running = taskGroup((group) => {
        group.spawn(
          async (task) => {
            await sleep(Infinity, task).catch((reason) => log.push(String(reason)));
            await cleaning.promise;
            log.push("cleaned");
          },
          { start: "always" },
        );
        if (asynchronous) return Promise.reject(error);
        throw error;
      }).catch((reason: unknown) => log.push(String(reason)));
      await checkpoint();
      cleaning.open();
      await running;
      expect(log).toEqual([
        "AbortError: A task group failed in its body, so its tasks were cancelled",
        "cleaned",
        "Error: body",
      ]);
    }
  });

  it("cancels its siblings and its body when a task fails, waits for all, then rejects", async () => {
    const error = new Error("task");
    const log: unknown[] = [];
    const running = taskGroup(async (group) => {
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => log.push(["sibling", task.origin]));
        await checkpoint();
        log.push("sibling cleaned");
      });
      group.spawn(() => Promise.reject(error), { name: "loader" });
      const { signal } = group;
      await sleep(Infinity, group).catch((reason) => {
        const { cause } = reason as Error;
        log.push(["body", group.origin, signal.reason === reason, cause === error, String(reason)]);
      });
      await checkpoint();
      await checkpoint();
      log.push("body done");
    });
    expect(await rejectionOf(running)).toBe(error);
    const why = 'AbortError: Task "loader" failed, so the rest of its group was cancelled';
    expect(log).toEqual([
      ["body", "sibling", true, true, why],
      ["sibling", "sibling"],
      "sibling cleaned",
      "body done",
    ]);
  });

  it("rejects although the body caught the failure of the task that it awaited", async () => {
    const error = new Error("task");
    const running = taskGroup(async (group) => {
      await group.spawn(() => Promise.reject(error)).catch(() => {});
      return "fine";
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("rejects with the first failure by identity and keeps the others in order", async () => {
    const [first, second, third] = [new Error("1"), new Error("2"), new Error("3")];
    let seen: readonly unknown[] = [];
    const running = taskGroup(async (group) => {
      group.spawn((task) => failInCleanup(task, second));
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => {});
        await checkpoint();
        throw third;
      });
      group.spawn(() => Promise.reject(first));
      group.defer(() => (seen = group.failures));
    });
    expect(await rejectionOf(running)).toBe(first);
    expect(failuresOf(first)).toEqual([first, second, third]);
    expect(seen).toEqual([first, second, third]);
    expect(Object.keys(first)).toEqual([]);
    expect(inspect(first)).toMatch(/\[errors\]: \[\n\s+Error: 2/);
  });

  it("keeps the failures of the body and of a task, whichever came first", async () => {
    const [task, body] = [new Error("task"), new Error("body")];
    const bodyFirst = taskGroup((group) => {
      group.spawn((scope) => failInCleanup(scope, task), { start: "always" });
      throw body;
    });
    expect(await rejectionOf(bodyFirst)).toBe(body);
    expect(failuresOf(body)).toEqual([body, task]);
    const taskFirst = taskGroup(async (group) => {
      group.spawn(() => Promise.reject(task));
      await failInCleanup(group, body);
    });
    expect(await rejectionOf(taskFirst)).toBe(task);
    expect(failuresOf(task)).toEqual([task, body]);
  });

  it("counts the same object once, also when the body rethrows what it awaited", async () => {
    const error = new Error("same");
    const running = taskGroup(async (group) => {
      const one = group.spawn(() => Promise.reject(error));
      group.spawn((task) => failInCleanup(task, error));
      await one;
    });
    expect(await rejectionOf(running)).toBe(error);
    expect(failuresOf(error)).toEqual([error]);
    expect(Object.hasOwn(error, "errors")).toBe(false);
  });

  it.each([undefined, null, 0, "", NaN, Symbol.iterator, Object.freeze(new Error("frozen"))])(
    "rejects with exactly %s when a task, the body or a cleanup throws it",
    async (thrown) => {
      const fail = (): never => {
        throw thrown;
      };
      expect(await rejectionOf(taskGroup((group) => void group.spawn(fail)))).toBe(thrown);
      expect(await rejectionOf(taskGroup(fail))).toBe(thrown);
      expect(await rejectionOf(taskGroup((group) => group.defer(fail)))).toBe(thrown);
      const second = new Error("second");
      const both = taskGroup((group) => {
        group.spawn((task) => failInCleanup(task, second));
        group.spawn(fail);
      });
      expect(await rejectionOf(both)).toBe(thrown);
    },
  );

  it("never annotates what is no extensible Error, or has `errors` of its own", async () => {
    const frozen = Object.freeze(new Error("frozen"));
    const plain = { message: "no error" };
    const own = new AggregateError([1], "own errors");
    for (const thrown of [frozen, plain, own]) {
      const second = new Error("second");
      const running = taskGroup((group) => {
        group.spawn((task) => failInCleanup(task, second));
        group.spawn(() => Promise.reject(thrown as Error));
      });
      expect(await rejectionOf(running)).toBe(thrown);
      expect(failuresOf(thrown)).toEqual([thrown, second]);
    }
    expect([Object.hasOwn(frozen, "errors"), Object.keys(plain)]).toEqual([false, ["message"]]);
    expect(own.errors).toEqual([1]);
  });

  it("survives an error that is frozen between two rejections", async () => {
    const error = new Error("reused");
    const reject = (second: unknown): Promise<unknown> =>
      rejectionOf(
        taskGroup((group) => {
          group.spawn((task) => failInCleanup(task, second));
          group.spawn(() => Promise.reject(error));
        }),
      );
    expect(await reject(1)).toBe(error);
    Object.freeze(error);
    expect(await reject(2)).toBe(error);
    expect(failuresOf(error)).toEqual([error, 2]);
  });

  it("does not pile up on an error object that is thrown again and again", async () => {
    const cached = new Error("cached");
    for (let i = 0; i < 3; i++) {
      const running = taskGroup((group) => {
        group.spawn((task) => failInCleanup(task, i));
        group.spawn(() => Promise.reject(cached));
      });
      expect(await rejectionOf(running)).toBe(cached);
      expect(failuresOf(cached)).toEqual([cached, i]);
    }
    expect(await rejectionOf(taskGroup(() => Promise.reject(cached)))).toBe(cached);
    expect(failuresOf(cached)).toEqual([cached]);
    expect(Object.hasOwn(cached, "errors")).toBe(false);
  });

  it("keeps what an inner group's failure carries, whatever becomes of that object elsewhere", async () => {
    const [shared, inner, outer] = [new Error("shared"), new Error("inner"), new Error("outer")];
    const running = taskGroup((group) => {
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => {});
        await rejectionOf(taskGroup(() => Promise.reject(shared)));
        throw outer;
      });
      group.spawn((task) =>
        taskGroup(
          (nested) => {
            nested.spawn((scope) => failInCleanup(scope, inner));
            nested.spawn(() => Promise.reject(shared));
          },
          { scope: task },
        ),
      );
    });
    expect(await rejectionOf(running)).toBe(shared);
    expect(failuresOf(shared)).toEqual([shared, inner, outer]);
  });

  it("gives each of two groups the failures of its own when one object fails in both", async () => {
    const shared = new Error("shared");
    const failures: unknown[] = [];
    const fail = (own: string): Promise<unknown> =>
      rejectionOf(
        taskGroup((group) => {
          group.spawn((task) => failInCleanup(task, own));
          group.spawn(() => Promise.reject(shared));
          group.defer(() => failures.push(group.failures));
        }),
      );
    expect(await Promise.all([fail("a"), fail("b")])).toEqual([shared, shared]);
    expect(failures).toEqual([
      [shared, "a"],
      [shared, "b"],
    ]);
  });

  it("does not nest the failures of an inner group in first mode", async () => {
    const errors = ["1", "2", "3"].map((text) => new Error(text));
    const running = taskGroup((outer) => {
      outer.spawn((task) => failInCleanup(task, errors[2]));
      outer.spawn((task) =>
        taskGroup(
          (inner) => {
            inner.spawn((scope) => failInCleanup(scope, errors[1]));
            inner.spawn(() => Promise.reject(errors[0]!));
          },
          { scope: task },
        ),
      );
    });
    expect(await rejectionOf(running)).toBe(errors[0]);
    expect(failuresOf(errors[0])).toEqual(errors);
  });

  it("lets the handler of an inner group see the inner failure while the outer fails too", async () => {
    const [inner, outer] = [new Error("inner"), new Error("outer")];
    let handled: unknown;
    const running = taskGroup(async (group) => {
      group.spawn(() => Promise.reject(outer));
      handled = await rejectionOf(
        taskGroup((nested) => void nested.spawn(() => Promise.reject(inner)), { scope: group }),
      );
    });
    expect(await rejectionOf(running)).toBe(outer);
    expect(handled).toBe(inner);
    expect(failuresOf(outer)).toEqual([outer]);
  });

  it("refuses bad arguments synchronously, naming them", () => {
    const refused: [() => unknown, string, RegExp][] = [
      [() => taskGroup(1 as never), "TypeError", /`body` to be a function, got 1 \(number\)/],
      [() => taskGroup(() => {}, { policy: "none" as never }), "TypeError", /`policy`/],
      [() => taskGroup(() => {}, { policy: null as never }), "TypeError", /`policy`/],
      [() => taskGroup(() => {}, { errors: "all" as never }), "TypeError", /`errors`/],
      [() => taskGroup(() => {}, { timeoutMs: -1 }), "RangeError", /`timeoutMs`/],
      [() => taskGroup(() => {}, { signal: 1 as never }), "TypeError", /`signal`/],
      [() => taskGroup(() => {}, { scope: 1 as never }), "TypeError", /`scope`/],
      [() => taskGroup(() => {}, { concurrency: 0 }), "RangeError", /`concurrency`/],
      [() => taskGroup(() => {}, { concurrency: 1.5 }), "RangeError", /`concurrency`/],
      [() => taskGroup(() => {}, { concurrency: "2" as never }), "TypeError", /`concurrency`/],
      [() => taskGroup(() => {}, { concurrency: null as never }), "TypeError", /`concurrency`/],
    ];
    for (const [call, name, message] of refused) {
      expect(thrownBy(call)).toMatchObject({ name, message: expect.stringMatching(message) });
    }
  });

  it("refuses a body that returns a generator, naming it", async () => {
    const running = taskGroup(async function* crawl() {
      yield 1;
    } as never);
    await expect(running).rejects.toThrow(/^Expected `crawl` to be a plain or async function/);
  });

  it("takes the value of a task that its body returns", async () => {
    expect(await taskGroup((group) => group.spawn(async () => "of the task"))).toBe("of the task");
  });

  it("can be given the same options again and again", async () => {
    const options = Object.freeze({ name: "reused", concurrency: 1, timeoutMs: 60_000 });
    const run = (): Promise<number> =>
      taskGroup(
        async (group) => (await group.spawn(() => 1)) + (await group.spawn(() => 2)),
        options,
      );
    expect(await Promise.all([run(), run(), run()])).toEqual([3, 3, 3]);
  });
});

describe('taskGroup with errors: "aggregate"', () => {
  const aggregate = { errors: "aggregate", name: "batch" } as const;

  it("rejects with an AggregateError of all failures, for one failure too", async () => {
    const [first, second] = [new Error("1"), new Error("2")];
    const one = await rejectionOf(taskGroup(() => Promise.reject(first), aggregate));
    expect(one).toBeInstanceOf(AggregateError);
    expect(one).toMatchObject({ errors: [first], message: expect.stringMatching(/"batch"/) });
    const two = await rejectionOf(
      taskGroup((group) => {
        group.spawn((task) => failInCleanup(task, second));
        group.spawn(() => Promise.reject(first));
      }, aggregate),
    );
    expect(two).toBeInstanceOf(AggregateError);
    expect(two).toMatchObject({ errors: [first, second] });
    expect(failuresOf(two)).toEqual([first, second]);
  });

  it("nests one level for each group", async () => {
    const error = new Error("inner");
    const outer = await rejectionOf(
      taskGroup(
        (group) => taskGroup(() => Promise.reject(error), { ...aggregate, scope: group }),
        aggregate,
      ),
    );
    expect((outer as AggregateError).errors).toHaveLength(1);
    expect((outer as AggregateError).errors[0]).toMatchObject({ errors: [error] });
  });

  it("rejects with the reason itself when there was no failure but a cancellation", async () => {
    const outcome = cancelScope(async (scope) => {
      const running = taskGroup((group) => sleep(Infinity, group), { ...aggregate, scope });
      scope.cancel("outer");
      expect(await rejectionOf(running)).toBe("outer");
    });
    expect(await outcome).toEqual({ done: true, value: undefined });
  });
});

describe("taskGroup under cancellation", () => {
  it("rejects with the outer reason itself when nothing failed", async () => {
    for (const reason of [new Error("outer"), null, 0]) {
      const controller = new AbortController();
      const running = taskGroup((group) => {
        group.spawn((task) => sleep(Infinity, task));
      }, controller);
      await checkpoint();
      controller.abort(reason);
      expect(await rejectionOf(running)).toBe(reason);
    }
  });

  it("resolves when everything finished normally, also if an outer scope was cancelled meanwhile", async () => {
    const finishing = latch();
    const outcome = await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.spawn(() => finishing.promise);
          return "value";
        },
        { scope },
      );
      await checkpoint();
      scope.cancel("outer");
      finishing.open();
      return running;
    });
    expect(outcome).toEqual({ done: true, value: "value" });
  });

  it("opens and closes below a shield in a cancelled scope without noticing it", async () => {
    await cancelScope(async (scope) => {
      scope.cancel();
      expect(await taskGroup(() => "empty", { scope, shield: true })).toBe("empty");
      expect(await rejectionOf(taskGroup(() => "empty", { scope }))).toBe(scope.reason);
    });
  });

  it("does not run its body when it is cancelled on entry", async () => {
    const never = (): void => expect.unreachable();
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    expect(await rejectionOf(taskGroup(never, { signal }))).toBe(reason);
    expect(await rejectionOf(taskGroup(never, { timeoutMs: 0 }))).toMatchObject({
      name: "TimeoutError",
    });
  });

  it("cancels its tasks while it waits for them, and keeps waiting", async () => {
    const cleaning = latch();
    let settled = false;
    await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.spawn(async (task) => {
            await sleep(Infinity, task).catch(() => {});
            await cleaning.promise;
            task.throwIfCancelled();
          });
        },
        { scope },
      ).catch(() => (settled = true));
      await checkpoint();
      scope.cancel();
      await checkpoint();
      expect(settled).toBe(false);
      cleaning.open();
      await running;
    });
    expect(settled).toBe(true);
  });

  it("rejects with the error of a cleanup instead of the outer reason, which stays in force", async () => {
    const error = new Error("cleanup");
    await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.spawn((task) => failInCleanup(task, error));
        },
        { scope },
      );
      await checkpoint();
      scope.cancel("outer");
      expect(await rejectionOf(running)).toBe(error);
      expect(await rejectionOf(sleep(1, scope))).toBe("outer");
    });
  });

  it("is cancelled through grandchildren at once", async () => {
    const log: unknown[] = [];
    const running = taskGroup((top) => {
      top.spawn((task) =>
        taskGroup(
          (nested) => {
            nested.spawn((grandchild) => {
              grandchild.onCancel(() => log.push([grandchild.origin, nested.cancelled]));
              top.cancel("top");
              log.push("next line");
              return sleep(Infinity, grandchild);
            });
          },
          { scope: task },
        ),
      );
    });
    expect(await rejectionOf(running)).toBe("top");
    expect(log).toEqual([["parent", true], "next line"]);
  });

  it("lets the outer cancellation win when a task's own deadline has passed as well", async () => {
    const cleaning = latch();
    const outcome = await withVirtualClock(() =>
      cancelScope(async (scope) => {
        const running = taskGroup(
          (group) => {
            group.spawn(
              async (task) => {
                await sleep(Infinity, task).catch(() => {});
                scope.cancel("outer");
                await cleaning.promise;
                task.throwIfCancelled();
              },
              { timeoutMs: 1_000 },
            );
          },
          { scope },
        );
        await sleep(Infinity, scope).catch(() => cleaning.open());
        await running;
      }),
    );
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("rejects with the outer reason when it was cancelled from inside as well", async () => {
    await cancelScope(async (scope) => {
      const running = taskGroup(
        async (group) => {
          group.cancel("inner");
          scope.cancel("outer");
          await sleep(1, group);
        },
        { scope },
      );
      expect(await rejectionOf(running)).toBe("outer");
    });
  });

  it("cancels its tasks at its deadline, which is no failure of theirs", async () => {
    const statuses: unknown[] = [];
    const running = taskGroup(async (group) => {
      const task = group.spawn((own) => sleep(Infinity, own));
      await checkpoint();
      group.deadline = 0;
      await task.settled();
      statuses.push(task.status, group.failures);
    });
    expect(await rejectionOf(running)).toMatchObject({ name: "TimeoutError" });
    expect(statuses).toEqual(["cancelled", []]);
  });

  it("fails with a DeadlineError when its own deadline stopped it", async () => {
    const error = await rejectionOf(
      taskGroup((group) => void group.spawn((task) => sleep(Infinity, task)), {
        timeoutMs: 1,
        name: "slow",
      }),
    );
    expect(String(error)).toBe('TimeoutError: Task group "slow" was not done within 1 ms');
  });

  it("takes an AbortError for a failure while it is not cancelled", async () => {
    const foreign = new DOMException("someone else's", "AbortError");
    const ofTask = taskGroup((group) => void group.spawn(() => Promise.reject(foreign)));
    expect(await rejectionOf(ofTask)).toBe(foreign);
    expect(await rejectionOf(taskGroup(() => Promise.reject(foreign)))).toBe(foreign);
  });

  it("stops at a shielded group, whose own cancellation still works", async () => {
    const log: unknown[] = [];
    await cancelScope(async (scope) => {
      const running = taskGroup(
        (group) => {
          group.spawn(async (task) => {
            await checkpoint(task);
            log.push(task.cancelled);
            group.cancel("own");
            await sleep(Infinity, task);
          });
        },
        { scope, shield: true },
      );
      scope.cancel("outer");
      log.push(await rejectionOf(running));
    });
    expect(log).toEqual([false, "own"]);
  });

  it("cancels tasks of an outer group although the body that spawned them is shielded", async () => {
    let origin: unknown;
    const running = taskGroup(async (group) => {
      await cancelScope(
        async (shielded) => {
          group.spawn(async (task) => {
            await sleep(Infinity, task).catch(() => (origin = task.origin));
            task.throwIfCancelled();
          });
          await checkpoint();
          group.cancel("group");
          expect(shielded.cancelled).toBe(false);
        },
        { scope: group, shield: true },
      );
    });
    expect(await rejectionOf(running)).toBe("group");
    expect(origin).toBe("parent");
  });
});

describe("TaskGroup.cancel", () => {
  it("rejects with its reason when the body has no value", async () => {
    const reason = new Error("why");
    expect(await rejectionOf(taskGroup((group) => group.cancel(reason)))).toBe(reason);
    const error = await rejectionOf(taskGroup((group) => group.cancel(), { name: "g" }));
    expect(error).toBeInstanceOf(CancelledError);
    expect(String(error)).toBe('AbortError: Task group "g" was cancelled');
  });

  it("keeps the value that the body returns all the same", async () => {
    const running = taskGroup(async (group) => {
      group.spawn((task) => sleep(Infinity, task));
      group.cancel();
      return "value";
    });
    expect(await running).toBe("value");
  });

  it("loses to an error that the body throws after it", async () => {
    const error = new Error("body");
    const running = taskGroup((group) => {
      group.cancel();
      throw error;
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("works from inside a task, and on that task too", async () => {
    const running = taskGroup((group) => {
      group.spawn(async (task) => {
        task.group.cancel("from a task");
        await sleep(1, task);
      });
    });
    expect(await rejectionOf(running)).toBe("from a task");
  });

  it("lets a callback cancel, spawn and finish while the tree is being cancelled", async () => {
    const log: string[] = [];
    let late: Task<void> | undefined;
    const value = await taskGroup(async (group) => {
      group.spawn(async (task) => {
        task.onCancel(() => {
          group.cancel("again");
          late = group.spawn(() => expect.unreachable());
          log.push(late.status);
          group.finish("finished");
        });
        await sleep(Infinity, task);
      });
      await checkpoint();
      group.cancel("first");
      log.push("next line");
      await sleep(Infinity, group);
    });
    expect(value).toBe("finished");
    expect(log).toEqual(["cancelled", "next line"]);
  });

  it("counts the error of a callback as a failure of whom it was registered with", async () => {
    const [ofTask, ofGroup] = [new Error("task"), new Error("group")];
    const running = taskGroup(async (group) => {
      const task = group.spawn((scope) => {
        scope.onCancel(() => {
          throw ofTask;
        });
        return sleep(Infinity, scope);
      });
      group.onCancel(() => {
        throw ofGroup;
      });
      await checkpoint();
      group.cancel();
      await task.settled();
      expect(task.status).toBe("rejected");
    });
    expect(await rejectionOf(running)).toBe(ofGroup);
    expect(failuresOf(ofGroup)).toEqual([ofGroup, ofTask]);
  });
});

describe("TaskGroup.finish", () => {
  it("stops the rest, waits for it, and resolves with its value", async () => {
    const log: unknown[] = [];
    const value = await taskGroup(async (group) => {
      group.spawn(async (task) => {
        await sleep(Infinity, task).catch(() => {});
        await checkpoint();
        log.push(task.origin, String(task.reason));
      });
      await checkpoint();
      return group.finish("value");
    });
    expect(value).toBe("value");
    expect(log).toEqual([
      "exit",
      "AbortError: A task group is done, so what was left was cancelled",
    ]);
  });

  it("works from a task, and interrupts the body", async () => {
    const running = taskGroup(async (group): Promise<number> => {
      group.spawn((task) => void task.group.finish(7));
      await sleep(Infinity, group);
      return 1;
    });
    expect(await running).toBe(7);
  });

  it("keeps its first value, undefined too", async () => {
    const running = taskGroup(async (group): Promise<unknown> => {
      group.finish(undefined);
      group.finish("second");
      return "body";
    });
    expect(await running).toBeUndefined();
  });

  it("gives its value after cancel() too, and after a cancellation from outside", async () => {
    const own = taskGroup((group): number => {
      group.cancel("own");
      return group.finish(1);
    });
    expect(await own).toBe(1);
    const controller = new AbortController();
    const outer = taskGroup(async (group): Promise<number> => {
      await sleep(Infinity, group).catch(() => {});
      return group.finish(2);
    }, controller);
    controller.abort();
    expect(await outer).toBe(2);
  });

  it("does not hide a failure", async () => {
    const error = new Error("cleanup");
    const running = taskGroup(async (group) => {
      group.spawn((task) => failInCleanup(task, error));
      await checkpoint();
      return group.finish("value");
    });
    expect(await rejectionOf(running)).toBe(error);
  });
});
