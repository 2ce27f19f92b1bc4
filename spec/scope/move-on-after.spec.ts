import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cancelScope,
  type CancelScope,
  checkpoint,
  DeadlineError,
  failAfter,
  moveOnAfter,
  shield,
  sleep,
} from "../../lib/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});
afterEach(() => clock[Symbol.dispose]());

describe("moveOnAfter", () => {
  it("gives up on its body when the time is over", async () => {
    const running = moveOnAfter(100, (scope) => sleep(Infinity, scope));
    clock.advance(99);
    await checkpoint();
    clock.advance(1);
    const outcome = await running;
    expect(outcome).toMatchObject({ done: false });
    expect((outcome as { reason: unknown }).reason).toBeInstanceOf(DeadlineError);
    expect(String((outcome as { reason: unknown }).reason)).toBe(
      "TimeoutError: A cancel scope was not done within 100 ms",
    );
  });

  it("returns the value if the body produced one after the deadline", async () => {
    const running = moveOnAfter(100, async (scope) => {
      await sleep(Infinity, scope).catch(() => {});
      return "late";
    });
    clock.advance(100);
    expect(await running).toEqual({ done: true, value: "late" });
  });

  it("gives a value that arrives in the same tick as the deadline", async () => {
    const running = moveOnAfter(100, (scope) => sleep(100, scope).then(() => "in time"));
    clock.advance(100);
    expect(await running).toMatchObject({ done: false });
    const other = moveOnAfter(100, () => sleep(100).then(() => "in time"));
    clock.advance(100);
    expect(await other).toEqual({ done: true, value: "in time" });
  });

  it("does not run its body when there is no time at all", async () => {
    let ran = false;
    const outcome = await moveOnAfter(0, () => (ran = true));
    expect(ran).toBe(false);
    expect(outcome).toMatchObject({ done: false, reason: { name: "TimeoutError" } });
  });

  it("counts from the call", async () => {
    const options = { name: "reused" };
    clock.pass(500);
    await moveOnAfter(
      100,
      (scope) => {
        expect(scope.deadline).toBe(clock.now() + 100);
      },
      options,
    );
    expect(options).toEqual({ name: "reused" });
  });

  it("takes the earliest of all its bounds", async () => {
    const deadlines: number[] = [];
    const note = (scope: CancelScope): void => void deadlines.push(scope.deadline - clock.now());
    await moveOnAfter(100, note, { timeoutMs: 50 });
    await moveOnAfter(100, note, { deadline: clock.now() + 20 });
    await moveOnAfter(100, note, { deadline: clock.now() + 200, timeoutMs: 300 });
    expect(deadlines).toEqual([50, 20, 100]);
  });

  it("keeps no timer with Infinity, nor after its end", async () => {
    await moveOnAfter(Infinity, () => expect(clock.armed).toBe(false));
    await moveOnAfter(10, () => expect(clock.armed).toBe(true));
    await moveOnAfter(10, (scope) => scope.cancel());
    await rejectionOf(moveOnAfter(10, () => Promise.reject(new Error("failed"))));
    expect(clock.armed).toBe(false);
  });

  it("lets a handled inner deadline pass and the outer one fire later, though the loop was busy past both", async () => {
    let inner: unknown;
    const outer = await moveOnAfter(100, async (scope) => {
      inner = await moveOnAfter(
        10,
        async (nested) => {
          clock.pass(500);
          await sleep(1, nested);
        },
        { scope },
      );
      await sleep(Infinity, scope);
    });
    expect(inner).toMatchObject({ done: false });
    expect(outer).toMatchObject({ done: false });
  });

  it("refuses what is no duration, synchronously", () => {
    const none = (): void => {};
    for (const bad of [NaN, -1, -Infinity]) {
      expect(thrownBy(() => void moveOnAfter(bad, none))).toBeInstanceOf(RangeError);
      expect(thrownBy(() => void failAfter(bad, none))).toBeInstanceOf(RangeError);
      expect(thrownBy(() => void sleep(bad))).toBeInstanceOf(RangeError);
    }
    for (const bad of ["1", null, undefined, 1n] as unknown as number[]) {
      expect(thrownBy(() => void moveOnAfter(bad, none))).toBeInstanceOf(TypeError);
      expect(thrownBy(() => void failAfter(bad, none))).toBeInstanceOf(TypeError);
      expect(thrownBy(() => void sleep(bad))).toBeInstanceOf(TypeError);
    }
    expect(() => void moveOnAfter(-1, none)).toThrow(
      "Expected `timeoutMs` to be milliseconds of 0 or more, or Infinity, got -1 (number)",
    );
  });
});

describe("CancelScope.deadline", () => {
  it("shows its expiry at once, before any timer fires", async () => {
    const outcome = await moveOnAfter(100, async (scope) => {
      await cancelScope(
        async (inner) => {
          const seen = [inner.cancelled];
          clock.pass(100);
          seen.push(inner.cancelled, scope.cancelled);
          expect(seen).toEqual([false, true, true]);
          expect([inner.origin, scope.origin]).toEqual(["parent", "deadline"]);
          expect(inner.reason).toBe(scope.reason);
          await sleep(1, inner);
        },
        { scope },
      );
    });
    expect(outcome).toMatchObject({ done: false });
  });

  it("does not fire when it was moved later in time", async () => {
    const running = moveOnAfter(100, async (scope) => {
      clock.advance(99);
      scope.deadline += 100;
      clock.advance(100);
      expect(scope.cancelled).toBe(false);
      scope.deadline = Infinity;
      expect(clock.armed).toBe(false);
      clock.advance(1e6);
      await checkpoint(scope);
      return "never fired";
    });
    expect(await running).toEqual({ done: true, value: "never fired" });
  });

  it("cancels at once when it is moved into the past", async () => {
    const outcome = await cancelScope(async (scope) => {
      const waiting = sleep(Infinity, scope);
      scope.deadline = clock.now() - 1;
      expect([scope.cancelled, scope.origin]).toEqual([true, "deadline"]);
      await waiting;
    });
    expect(String((outcome as { reason: unknown }).reason)).toBe(
      "TimeoutError: A cancel scope was not done by its deadline",
    );
  });

  it("never un-cancels by being moved later, also when nobody has looked yet", async () => {
    for (const look of [(scope: CancelScope) => scope.cancelled, () => {}]) {
      const outcome = await moveOnAfter(100, async (scope) => {
        clock.pass(100);
        look(scope);
        scope.deadline += 1_000;
        expect(scope.cancelled).toBe(true);
        await sleep(1, scope);
      });
      expect(outcome).toMatchObject({ done: false });
    }
  });

  it("has no say any more once the scope was cancelled otherwise", async () => {
    const running = failAfter(100, async (scope) => {
      scope.cancel("explicit");
      await sleep(1, scope).catch(() => {});
      clock.advance(200);
      expect([scope.reason, scope.origin]).toEqual(["explicit", "cancel"]);
      return sleep(1, scope);
    });
    expect(await rejectionOf(running)).toBe("explicit");
  });

  it("can be set in a scope that had none, for everything below", async () => {
    const outcome = await cancelScope(async (scope) => {
      await cancelScope(
        async (inner) => {
          scope.deadline = clock.now() + 10;
          expect(inner.effectiveDeadline).toBe(scope.deadline);
          const waiting = sleep(Infinity, inner);
          clock.advance(10);
          await waiting;
        },
        { scope },
      );
    });
    expect(outcome).toMatchObject({ done: false, reason: { name: "TimeoutError" } });
  });

  it("refuses what is no time, and stays as it was", async () => {
    await moveOnAfter(100, (scope) => {
      const before = scope.deadline;
      for (const bad of [NaN, -1]) {
        expect(thrownBy(() => (scope.deadline = bad))).toBeInstanceOf(RangeError);
      }
      expect(thrownBy(() => (scope.deadline = "1" as never))).toBeInstanceOf(TypeError);
      expect(scope.deadline).toBe(before);
    });
  });
});

describe("CancelScope.effectiveDeadline", () => {
  it("is the earliest up to the first shield, and -Infinity once cancelled", async () => {
    const start = clock.now();
    await cancelScope(
      async (top) => {
        const seen = (scope: CancelScope): number => scope.effectiveDeadline - start;
        expect(top.effectiveDeadline).toBe(start + 300);
        await cancelScope(
          async (middle) => {
            expect(seen(middle)).toBe(300);
            middle.deadline = start + 200;
            await cancelScope(
              (inner) => {
                expect(seen(inner)).toBe(200);
                inner.shielded = true;
                expect(inner.effectiveDeadline).toBe(Infinity);
                inner.deadline = start + 900;
                expect(seen(inner)).toBe(900);
                inner.shielded = false;
                expect(seen(inner)).toBe(200);
                middle.deadline = Infinity;
                expect(seen(inner)).toBe(300);
                top.cancel();
                expect(inner.effectiveDeadline).toBe(-Infinity);
                inner.shielded = true;
                expect(seen(inner)).toBe(900);
              },
              { scope: middle },
            );
          },
          { scope: top },
        );
      },
      { deadline: start + 300 },
    );
  });
});

describe("failAfter", () => {
  it("gives the value of its body", async () => {
    expect(await failAfter(100, async () => "value")).toBe("value");
  });

  it("rejects with a DeadlineError when its own deadline interrupted the body", async () => {
    const running = failAfter(100, (scope) => sleep(Infinity, scope), { name: "download" });
    clock.advance(100);
    const error = await rejectionOf(running);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ name: "TimeoutError", code: "ERR_SKEIN_DEADLINE" });
    expect(String(error)).toBe('TimeoutError: Scope "download" was not done within 100 ms');
  });

  it("rejects so too when the body answered with an AbortError", async () => {
    const running = failAfter(100, async (scope) => {
      await sleep(Infinity, scope).catch(() => {});
      throw new DOMException("aborted", "AbortError");
    });
    clock.advance(100);
    expect(await rejectionOf(running)).toBeInstanceOf(DeadlineError);
  });

  it("passes any other error unchanged, also after its deadline", async () => {
    const error = new Error("foreign");
    expect(await rejectionOf(failAfter(100, () => Promise.reject(error)))).toBe(error);
    const running = failAfter(100, async (scope) => {
      await sleep(Infinity, scope).catch(() => {});
      throw error;
    });
    clock.advance(100);
    expect(await rejectionOf(running)).toBe(error);
  });

  it("keeps a value that arrives in spite of its deadline", async () => {
    const running = failAfter(100, async (scope) => {
      await sleep(Infinity, scope).catch(() => {});
      return "late";
    });
    clock.advance(100);
    expect(await running).toBe("late");
  });

  it("is not swallowed by an outer moveOnAfter", async () => {
    const running = moveOnAfter(500, (outer) =>
      failAfter(100, (inner) => sleep(Infinity, inner), { scope: outer }),
    );
    clock.advance(100);
    expect(await rejectionOf(running)).toBeInstanceOf(DeadlineError);
  });

  it("gives way to an outer deadline that passed as well", async () => {
    const running = moveOnAfter(200, (outer) =>
      failAfter(100, (inner) => sleep(Infinity, inner), { scope: outer }),
    );
    clock.pass(500);
    clock.advance(0);
    const outcome = await running;
    expect(String((outcome as { reason: unknown }).reason)).toMatch(/within 200 ms$/);
  });

  it("tells its DeadlineError from that of another scope", async () => {
    const running = failAfter(500, () => failAfter(100, (inner) => sleep(Infinity, inner)));
    clock.advance(100);
    expect(String(await rejectionOf(running))).toMatch(/within 100 ms$/);
  });

  it("never fires with Infinity", async () => {
    const running = failAfter(Infinity, (scope) => checkpoint(scope));
    clock.advance(1e12);
    await running;
    expect(clock.armed).toBe(false);
  });
});

describe("shield", () => {
  it("completes although the enclosing scope is cancelled; the first wait outside fails", async () => {
    const seen: unknown[] = [];
    const outcome = await cancelScope(async (outer) => {
      outer.cancel("outer");
      const value = await shield(
        async (scope) => {
          await checkpoint(scope);
          return scope.cancelled;
        },
        { scope: outer },
      );
      seen.push(value);
      await sleep(1, outer);
    });
    expect(seen).toEqual([false]);
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("is bounded by 30 s when nothing else is said, and rejects with a DeadlineError", async () => {
    for (const options of [{}, { timeoutMs: undefined }]) {
      const running = shield((scope) => sleep(Infinity, scope), options);
      let settled = false;
      void running.catch(() => (settled = true));
      clock.advance(29_999);
      await checkpoint();
      expect(settled).toBe(false);
      clock.advance(1);
      expect(await rejectionOf(running)).toBeInstanceOf(DeadlineError);
    }
  });

  it("has its own deadline, which fires although the outer one cannot", async () => {
    const seen: unknown[] = [];
    const running = moveOnAfter(10, async (outer) => {
      seen.push(
        await rejectionOf(
          shield((scope) => sleep(Infinity, scope), { scope: outer, timeoutMs: 100 }),
        ),
      );
      await sleep(1, outer);
    });
    clock.advance(50);
    await checkpoint();
    expect(seen).toEqual([]);
    clock.advance(50);
    expect(await running).toMatchObject({ done: false });
    expect(String(seen[0])).toMatch(/within 100 ms$/);
  });

  it("keeps no timer with Infinity", async () => {
    await shield(() => expect(clock.armed).toBe(false), { timeoutMs: Infinity });
  });

  it("can be cancelled by itself", async () => {
    const running = shield((scope) => {
      scope.cancel("own");
      return sleep(1, scope);
    });
    expect(await rejectionOf(running)).toBe("own");
  });
});
