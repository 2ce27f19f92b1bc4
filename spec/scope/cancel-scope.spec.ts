import { describe, expect, it } from "vitest";
import {
  CancelledError,
  cancelScope,
  type CancelScope,
  checkpoint,
  DeadlineError,
  failuresOf,
  shield,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

describe("cancelScope", () => {
  it("gives the value of its body", async () => {
    expect(await cancelScope(() => 1)).toEqual({ done: true, value: 1 });
    expect(await cancelScope(async () => 2)).toEqual({ done: true, value: 2 });
  });

  it("calls its body at once", () => {
    let called = false;
    void cancelScope(() => {
      called = true;
    });
    expect(called).toBe(true);
  });

  it("gives the reason of its own cancellation as an outcome", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel("enough");
      await sleep(Infinity, scope);
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
  });

  it("rejects with any other error, by identity", async () => {
    const error = new Error("broken");
    expect(await rejectionOf(cancelScope(() => Promise.reject(error)))).toBe(error);
    expect(
      await rejectionOf(
        cancelScope(() => {
          throw error;
        }),
      ),
    ).toBe(error);
  });

  it("returns the value that its body produced in spite of a cancellation", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      return "kept";
    });
    expect(outcome).toEqual({ done: true, value: "kept" });
  });

  it("waits for a body that ignores its cancellation", async () => {
    const ignoring = latch();
    let settled = false;
    const running = cancelScope(async (scope) => {
      scope.cancel();
      await ignoring.promise;
    }).finally(() => (settled = true));
    await checkpoint();
    expect(settled).toBe(false);
    ignoring.open();
    await running;
  });

  it("does not run its body when an enclosing scope is cancelled already", async () => {
    let ran = false;
    const reason = new Error("outer");
    const outcome = await cancelScope(async (outer) => {
      outer.cancel(reason);
      await cancelScope(() => (ran = true), { scope: outer });
    });
    expect(ran).toBe(false);
    expect(outcome).toEqual({ done: false, reason });
  });

  it("does not run its body when its deadline has passed already", async () => {
    let ran = false;
    const outcome = await cancelScope(() => (ran = true), { deadline: 0 });
    expect(ran).toBe(false);
    expect(outcome).toMatchObject({ done: false, reason: { name: "TimeoutError" } });
  });

  it("swallows its own cancellation only: that of an enclosing scope goes through", async () => {
    const reason = new Error("outer");
    let inner: unknown;
    const outcome = await cancelScope(async (outer) => {
      const running = cancelScope((scope) => sleep(Infinity, scope), { scope: outer });
      outer.cancel(reason);
      inner = await rejectionOf(running);
      throw inner;
    });
    expect(inner).toBe(reason);
    expect(outcome).toEqual({ done: false, reason });
  });

  it("lets the outer cancellation win when both are cancelled, whichever came first", async () => {
    for (const order of ["inner first", "outer first"]) {
      let passedBetween = false;
      const outcome = await cancelScope(async (outer) => {
        await cancelScope(
          async (inner) => {
            const scopes = order === "inner first" ? [inner, outer] : [outer, inner];
            for (const scope of scopes) scope.cancel(scope === outer ? "outer" : "inner");
            await sleep(Infinity, inner);
          },
          { scope: outer },
        );
        passedBetween = true;
      });
      expect(outcome).toEqual({ done: false, reason: "outer" });
      expect(passedBetween).toBe(false);
    }
  });

  it("lets the outer cancellation win when it comes while the inner one unwinds", async () => {
    let passedBetween = false;
    const outcome = await cancelScope(async (outer) => {
      await cancelScope(
        async (inner) => {
          inner.cancel("inner");
          await sleep(Infinity, inner).finally(() => outer.cancel("outer"));
        },
        { scope: outer },
      );
      passedBetween = true;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
    expect(passedBetween).toBe(false);
  });

  it("keeps its own cancellation when it is shielded from the outer one", async () => {
    let between: unknown;
    const outcome = await cancelScope(async (outer) => {
      between = await cancelScope(
        async (inner) => {
          inner.cancel("inner");
          outer.cancel("outer");
          await sleep(Infinity, inner);
        },
        { scope: outer, shield: true },
      );
      await checkpoint(outer);
    });
    expect(between).toEqual({ done: false, reason: "inner" });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("does not swallow an outer cancellation that its own scope has outlived", async () => {
    const cleaning = latch();
    let inner!: Promise<unknown>;
    await cancelScope(async (outer) => {
      inner = cancelScope(
        async (scope) => {
          await sleep(Infinity, scope).catch(() => {});
          await cleaning.promise;
          scope.throwIfCancelled();
        },
        { scope: outer },
      );
      outer.cancel("outer");
    });
    cleaning.open();
    expect(await rejectionOf(inner)).toBe("outer");
  });

  it("lets an error of cleanup outrank the cancellation, which stays in force", async () => {
    const error = new Error("cleanup");
    let after: unknown;
    const outcome = await cancelScope(async (outer) => {
      const running = cancelScope(
        async (scope) => {
          try {
            await sleep(Infinity, scope);
          } finally {
            // oxlint-disable-next-line no-unsafe-finally -- what is being tested
            throw error;
          }
        },
        { scope: outer },
      );
      outer.cancel("outer");
      expect(await rejectionOf(running)).toBe(error);
      after = await rejectionOf(sleep(1, outer));
    });
    expect(after).toBe("outer");
    expect(outcome).toEqual({ done: true, value: undefined });
  });

  it("takes an AbortError for its cancellation only while it is cancelled", async () => {
    const foreign = new DOMException("someone else's", "AbortError");
    expect(await rejectionOf(cancelScope(() => Promise.reject(foreign)))).toBe(foreign);
    const outcome = await cancelScope(async (scope) => {
      scope.cancel("ours");
      throw foreign;
    });
    expect(outcome).toEqual({ done: false, reason: "ours" });
  });

  it("recognises its cancellation by identity, in the chain of causes, by name and by code", async () => {
    const reason = new Error("ours");
    const echoes = [
      reason,
      new Error("wrapped", { cause: reason }),
      new Error("wrapped twice", { cause: new Error("wrapped", { cause: reason }) }),
      new CancelledError("made by us", "cancel"),
      Object.assign(new Error("coded"), { code: "ABORT_ERR" }),
      Object.assign(new Error("named"), { name: "AbortError" }),
    ];
    for (const error of echoes) {
      const outcome = await cancelScope(async (scope) => {
        scope.cancel(reason);
        throw error;
      });
      expect(outcome).toEqual({ done: false, reason });
    }
  });

  it("takes anything else that is thrown after its cancellation for a failure", async () => {
    const circular = new Error("circular");
    circular.cause = circular;
    for (const error of [circular, new Error("ours"), new DeadlineError("not ours"), undefined]) {
      const running = cancelScope((scope) => {
        scope.cancel(new Error("ours"));
        throw error;
      });
      expect(await rejectionOf(running)).toBe(error);
    }
  });

  it("refuses a body that is no function, synchronously", () => {
    const body = "body" as unknown as () => void;
    expect(thrownBy(() => void cancelScope(body))).toMatchObject({
      name: "TypeError",
      message: 'Expected `body` to be a function, got "body" (string)',
    });
  });

  it("refuses a body that returns a generator, naming it", async () => {
    const running = cancelScope(function* download() {
      yield 1;
    });
    await expect(running).rejects.toThrow(/^Expected `download` to be a plain or async function/);
  });

  it("refuses bad bounds and bad signals synchronously", () => {
    const refused: [object, string][] = [
      [{ deadline: NaN }, "RangeError"],
      [{ deadline: -1 }, "RangeError"],
      [{ timeoutMs: -1 }, "RangeError"],
      [{ timeoutMs: "1" }, "TypeError"],
      [{ signal: {} }, "TypeError"],
      [{ scope: 1 }, "TypeError"],
      [{ scope: { signal: "no signal" } }, "TypeError"],
    ];
    for (const [options, name] of refused) {
      expect(thrownBy(() => void cancelScope(() => {}, options))).toMatchObject({ name });
    }
  });

  it("assimilates thenables, taking their first answer only", async () => {
    const thenable = (
      answer: (resolve: (n: number) => void, reject: (e: unknown) => void) => void,
    ) =>
      // oxlint-disable-next-line unicorn/no-thenable -- what is being tested
      ({ then: answer }) as unknown as PromiseLike<number>;
    const twice = thenable((resolve, reject) => {
      resolve(1);
      resolve(2);
      reject(new Error("late"));
    });
    const throwing = thenable((resolve) => {
      resolve(3);
      throw new Error("late");
    });
    expect(await cancelScope(() => twice)).toEqual({ done: true, value: 1 });
    expect(await cancelScope(() => throwing)).toEqual({ done: true, value: 3 });
  });
});

describe("CancelScope.cancel", () => {
  it("keeps the first reason", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel("first");
      scope.cancel("second");
      await sleep(1, scope);
    });
    expect(outcome).toEqual({ done: false, reason: "first" });
  });

  it("gives every wait its reason by identity, whatever it is", async () => {
    for (const reason of [new Error("mine"), null, 0, "", Object.freeze({})]) {
      await cancelScope(async (scope) => {
        const waiting = sleep(Infinity, scope);
        scope.cancel(reason);
        expect(await rejectionOf(waiting)).toBe(reason);
        expect(await rejectionOf(checkpoint(scope))).toBe(reason);
        expect(scope.reason).toBe(reason);
        expect(scope.signal.reason).toBe(reason);
        expect(thrownBy(() => scope.throwIfCancelled())).toBe(reason);
      });
    }
  });

  it("makes one CancelledError when no reason is given", async () => {
    await cancelScope(async (scope) => {
      const signal = scope.signal;
      scope.cancel();
      expect(scope.reason).toBeInstanceOf(CancelledError);
      expect(scope.reason).toMatchObject({ name: "AbortError", origin: "cancel" });
      expect(scope.reason).toBe(scope.reason);
      expect(signal.reason).toBe(scope.reason);
    });
  });

  it("names the scope in the reason that it makes", async () => {
    await cancelScope(
      (scope) => {
        scope.cancel();
        expect(scope.name).toBe("checkout");
        expect(String(scope.reason)).toBe('AbortError: Scope "checkout" was cancelled');
      },
      { name: "checkout" },
    );
  });

  it("makes every further wait reject again, also when the first rejection was swallowed", async () => {
    await cancelScope(async (scope) => {
      scope.cancel("again");
      for (let i = 0; i < 3; i++) expect(await rejectionOf(sleep(0, scope))).toBe("again");
    });
  });

  it("reaches grandchildren at once, down to shields", async () => {
    const seen: string[] = [];
    await cancelScope(async (top) => {
      await cancelScope(
        async (child) => {
          await cancelScope(
            async (grandchild) => {
              await cancelScope(
                (shielded) => {
                  top.cancel();
                  for (const scope of [top, child, grandchild, shielded]) {
                    seen.push(`${scope.name} ${scope.cancelled} ${scope.origin}`);
                  }
                },
                { scope: grandchild, name: "shielded", shield: true },
              );
            },
            { scope: child, name: "grandchild" },
          );
        },
        { scope: top, name: "child" },
      );
    });
    expect(seen).toEqual([
      " true cancel",
      "child true parent",
      "grandchild true parent",
      "shielded false undefined",
    ]);
  });

  it("does nothing to a scope that has ended", async () => {
    let ended!: CancelScope;
    await cancelScope((scope) => {
      ended = scope;
    });
    const { signal } = ended;
    ended.cancel();
    expect(ended.cancelled).toBe(false);
    expect(signal.aborted).toBe(false);
  });

  it("keeps what an ended scope was cancelled with readable", async () => {
    let ended!: CancelScope;
    await cancelScope((scope) => {
      ended = scope;
      scope.cancel("kept");
    });
    expect([ended.cancelled, ended.reason, ended.origin]).toEqual([true, "kept", "cancel"]);
  });
});

describe("CancelScope", () => {
  it("hands what still waits below it to the enclosing scope when it ends", async () => {
    let left!: Promise<void>;
    const outcome = await cancelScope(async (outer) => {
      await cancelScope((inner) => void (left = sleep(Infinity, inner)), { scope: outer });
      outer.cancel("outer");
      await left;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("hands a wait that its shield protected to a cancelled scope, which ends it", async () => {
    let left!: Promise<void>;
    const outcome = await cancelScope(async (outer) => {
      outer.cancel("outer");
      await shield((inner) => void (left = sleep(Infinity, inner)), { scope: outer });
      await left;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("lets waits that begin after its end wait under the enclosing scope", async () => {
    const outcome = await cancelScope(async (outer) => {
      let ended!: CancelScope;
      await cancelScope((inner) => void (ended = inner), { scope: outer });
      const waiting = sleep(Infinity, ended);
      outer.cancel("outer");
      await waiting;
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("tells its origin by the event that cancelled it", async () => {
    const controller = new AbortController();
    const origins: unknown[] = [];
    const outcome = await cancelScope(
      async (scope) => {
        origins.push(scope.origin);
        const inner = cancelScope(
          async (nested) => {
            await sleep(Infinity, nested).catch(() => {});
            origins.push(scope.origin, nested.origin);
          },
          { scope },
        );
        controller.abort("stop");
        await inner;
      },
      { signal: controller.signal },
    );
    expect(origins).toEqual([undefined, "signal", "parent"]);
    expect(outcome).toEqual({ done: true, value: undefined });
    await cancelScope((scope) => {
      scope.deadline = 0;
      expect(scope.origin).toBe("deadline");
    });
  });
});

describe("CancelScope.onCancel", () => {
  it("calls back once, with the reason", async () => {
    const calls: unknown[] = [];
    await cancelScope((scope) => {
      scope.onCancel((reason) => calls.push(reason));
      scope.cancel("why");
      scope.cancel("again");
    });
    expect(calls).toEqual(["why"]);
  });

  it("calls back at once when the scope is cancelled already", async () => {
    const calls: unknown[] = [];
    await cancelScope((scope) => {
      scope.cancel("why");
      scope.onCancel((reason) => calls.push(reason))[Symbol.dispose]();
      calls.push("next line");
    });
    expect(calls).toEqual(["why", "next line"]);
  });

  it("calls back at once when the scope has ended below one that is cancelled", async () => {
    const calls: unknown[] = [];
    await cancelScope(async (outer) => {
      let ended!: CancelScope;
      await cancelScope((inner) => void (ended = inner), { scope: outer });
      outer.cancel("outer");
      ended.onCancel((reason) => calls.push(reason));
    });
    expect(calls).toEqual(["outer"]);
  });

  it("forgets a callback that was disposed of", async () => {
    await cancelScope((scope) => {
      const entry = scope.onCancel(() => expect.unreachable());
      entry[Symbol.dispose]();
      entry[Symbol.dispose]();
      scope.cancel();
    });
  });

  it("forgets a callback that another callback disposes of", async () => {
    await cancelScope((scope) => {
      scope.onCancel(() => second[Symbol.dispose]());
      const second = scope.onCancel(() => expect.unreachable());
      scope.cancel();
    });
  });

  it("does not call back for an enclosing scope that is cancelled after the scope's end", async () => {
    const calls: unknown[] = [];
    await cancelScope(async (outer) => {
      await cancelScope((scope) => void scope.onCancel((reason) => calls.push(reason)), {
        scope: outer,
      });
      outer.cancel();
    });
    expect(calls).toEqual([]);
  });

  it("marks the whole subtree before the first callback runs", async () => {
    const seen: boolean[] = [];
    await cancelScope(async (outer) => {
      let below!: CancelScope;
      outer.onCancel(() => seen.push(below.cancelled, below.signal.aborted));
      await cancelScope(
        (inner) => {
          below = inner;
          inner.onCancel(() => seen.push(outer.cancelled));
          outer.cancel();
        },
        { scope: outer },
      );
    });
    expect(seen).toEqual([true, true, true]);
  });

  it("lets a callback cancel, wait and register in turn", async () => {
    const seen: unknown[] = [];
    await cancelScope(async (outer) => {
      await cancelScope(
        async (inner) => {
          let waiting!: Promise<unknown>;
          inner.onCancel(() => {
            inner.cancel("too late");
            waiting = rejectionOf(sleep(1, inner));
            inner.onCancel((reason) => seen.push(`nested ${String(reason)}`));
          });
          inner.onCancel((reason) => seen.push(reason));
          outer.cancel("outer");
          seen.push(await waiting);
        },
        { scope: outer },
      );
    });
    expect(seen).toEqual(["nested outer", "outer", "outer"]);
  });

  it("goes on after a callback that throws, and counts its error as a failure", async () => {
    const error = new Error("callback");
    const calls: string[] = [];
    const running = cancelScope(async (scope) => {
      scope.onCancel(() => {
        throw error;
      });
      scope.onCancel(() => calls.push("second"));
      scope.cancel();
      calls.push("after cancel");
      return "a value";
    });
    expect(await rejectionOf(running)).toBe(error);
    expect(calls).toEqual(["second", "after cancel"]);
  });

  it.each([
    ["a scope", cancelScope],
    [
      "a task",
      (body: (scope: CancelScope) => void) => taskGroup((group) => void group.spawn(body)),
    ],
  ])("counts the errors of any number of callbacks of %s", async (_, run) => {
    const count = 200_000;
    const error = await rejectionOf(
      run((scope) => {
        for (let i = 0; i < count; i++) {
          scope.onCancel(() => {
            throw { i };
          });
        }
        scope.cancel();
      }),
    );
    expect(failuresOf(error).length).toBe(count);
  });

  it("counts the error of a callback that is called at once, too", async () => {
    const error = new Error("callback");
    const running = cancelScope(async (scope) => {
      scope.cancel();
      scope.onCancel(() => {
        throw error;
      });
      await sleep(1, scope);
    });
    expect(await rejectionOf(running)).toBe(error);
  });

  it("reports the errors of callbacks together with that of the body", async () => {
    const [callback, body] = [new Error("callback"), new Error("body")];
    const running = cancelScope((scope) => {
      scope.onCancel(() => {
        throw callback;
      });
      scope.cancel();
      throw body;
    });
    const error = await rejectionOf(running);
    expect(error).toBe(body);
    expect(failuresOf(error)).toEqual([body, callback]);
  });

  it("refuses what is no function", async () => {
    await cancelScope((scope) => {
      expect(() => scope.onCancel("callback" as never)).toThrow(
        'Expected `callback` to be a function, got "callback" (string)',
      );
    });
  });
});

describe("CancelScope.shielded", () => {
  it("keeps out the outer cancellation, and lets it in at once when it is lowered", async () => {
    const seen: unknown[] = [];
    const outcome = await cancelScope(async (outer) => {
      await cancelScope(
        async (inner) => {
          inner.onCancel((reason) => seen.push(reason));
          const waiting = sleep(Infinity, inner);
          outer.cancel("outer");
          seen.push(inner.cancelled);
          inner.shielded = false;
          seen.push(inner.cancelled);
          await waiting;
        },
        { scope: outer, shield: true },
      );
    });
    expect(seen).toEqual([false, "outer", true]);
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("can be raised while unwinding, for cleanup that waits", async () => {
    const seen: unknown[] = [];
    const outcome = await cancelScope(async (outer) => {
      const running = cancelScope(
        async (inner) => {
          try {
            await sleep(Infinity, inner);
          } finally {
            const before = inner.signal;
            inner.shielded = true;
            seen.push(before.aborted, inner.cancelled, inner.signal.aborted);
            await checkpoint(inner);
            seen.push("cleaned");
            inner.shielded = false;
            seen.push(inner.cancelled, inner.signal.aborted);
          }
        },
        { scope: outer },
      );
      outer.cancel("outer");
      await running;
    });
    expect(seen).toEqual([true, false, false, "cleaned", true, true]);
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("does not keep out the scope's own cancellation", async () => {
    const outcome = await cancelScope(
      async (scope) => {
        scope.cancel("own");
        await sleep(Infinity, scope);
      },
      { shield: true },
    );
    expect(outcome).toEqual({ done: false, reason: "own" });
  });

  it("shields the scopes inside, which can still be cancelled themselves", async () => {
    const seen: unknown[] = [];
    await cancelScope(async (outer) => {
      await shield(
        async (shielded) => {
          outer.cancel("outer");
          const inside = await cancelScope(
            async (inner) => {
              await checkpoint(inner);
              inner.cancel("inner");
              await sleep(Infinity, inner);
            },
            { scope: shielded },
          );
          seen.push(inside);
        },
        { scope: outer },
      );
    });
    expect(seen).toEqual([{ done: false, reason: "inner" }]);
  });

  it("delivers what waited outside of three nested scopes, one after the other", async () => {
    const seen: unknown[] = [];
    const outcome = await cancelScope(async (outer) => {
      const middle = await cancelScope(
        async (scope) => {
          const inner = await cancelScope(
            async (innermost) => {
              innermost.cancel("innermost");
              scope.cancel("middle");
              await sleep(Infinity, innermost);
            },
            { scope, shield: true },
          );
          seen.push(inner);
          await sleep(Infinity, scope);
        },
        { scope: outer },
      );
      seen.push(middle);
      outer.cancel("outer");
      await sleep(Infinity, outer);
    });
    expect([...seen, outcome].map((one) => (one as { reason: unknown }).reason)).toEqual([
      "innermost",
      "middle",
      "outer",
    ]);
  });

  it("takes true or false only", async () => {
    await cancelScope((scope) => {
      expect(() => (scope.shielded = 1 as unknown as boolean)).toThrow(
        "Expected `shielded` to be true or false, got 1 (number)",
      );
    });
  });
});
