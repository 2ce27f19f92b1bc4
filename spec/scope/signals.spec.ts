import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cancelScope, checkpoint, moveOnAfter, sleep } from "../../lib/index.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("ScopeOptions.signal", () => {
  it("does not run the body when it is aborted already, and rejects with its reason", async () => {
    let ran = false;
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    expect(await rejectionOf(cancelScope(() => (ran = true), { signal }))).toBe(reason);
    expect(await rejectionOf(cancelScope(() => (ran = true), { scope: { signal } }))).toBe(reason);
    expect(ran).toBe(false);
    expect(listeners(signal)).toBe(0);
  });

  it("does not run the body either inside of a listener that hears of the abort first", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let ran = false;
    let inside: Promise<unknown> | undefined;
    let waiting: Promise<unknown> | undefined;
    signal.addEventListener("abort", () => {
      inside = rejectionOf(cancelScope(() => (ran = true), { signal }));
      waiting = rejectionOf(sleep(1, { signal }));
    });
    const outside = rejectionOf(cancelScope((scope) => sleep(Infinity, scope), { signal }));
    controller.abort("stop");
    expect([await outside, await inside, await waiting]).toEqual(["stop", "stop", "stop"]);
    expect(ran).toBe(false);
  });

  it("cancels from outside, with its reason by identity", async () => {
    for (const reason of [new Error("external"), null, 0, "text"]) {
      const controller = new AbortController();
      const running = cancelScope((scope) => sleep(Infinity, scope), controller);
      controller.abort(reason);
      expect(await rejectionOf(running)).toBe(reason);
      expect(listeners(controller.signal)).toBe(0);
    }
  });

  it("gets one listener, however many scopes and waits hang on it", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const scopes = Array.from({ length: 20 }, () =>
      rejectionOf(cancelScope((scope) => sleep(Infinity, scope), { signal })),
    );
    const sleepers = Array.from({ length: 20 }, () => rejectionOf(sleep(Infinity, { signal })));
    expect(listeners(signal)).toBe(1);
    controller.abort("all");
    expect(new Set(await Promise.all([...scopes, ...sleepers]))).toEqual(new Set(["all"]));
    expect(listeners(signal)).toBe(0);
  });

  it("keeps no listener, however the scope ended", async () => {
    const { signal } = new AbortController();
    await cancelScope(() => 1, { signal });
    await rejectionOf(cancelScope(() => Promise.reject(new Error("failed")), { signal }));
    await rejectionOf(
      cancelScope(
        () => {
          throw new Error("thrown");
        },
        { signal },
      ),
    );
    await cancelScope((scope) => scope.cancel(), { signal });
    await moveOnAfter(0, () => {}, { signal });
    await moveOnAfter(1, (scope) => sleep(Infinity, scope), { signal });
    await sleep(1, { signal });
    await checkpoint({ signal });
    expect(listeners(signal)).toBe(0);
  });

  it("is not cut off by a listener that stops the event", async () => {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
    const running = cancelScope((scope) => sleep(Infinity, scope), controller);
    controller.abort("heard");
    expect(await rejectionOf(running)).toBe("heard");
  });

  it("cancels together with the enclosing scope, either of them", async () => {
    for (const first of ["scope", "signal"]) {
      const controller = new AbortController();
      const origins: unknown[] = [];
      const outcome = await cancelScope(async (outer) => {
        const inner = cancelScope(
          (scope) =>
            sleep(Infinity, scope).finally(() => origins.push(scope.origin, scope.shielded)),
          { scope: outer, signal: controller.signal },
        );
        expect(listeners(controller.signal)).toBe(1);
        if (first === "scope") outer.cancel("scope");
        else controller.abort("signal");
        expect(await rejectionOf(inner)).toBe(first);
      });
      expect(outcome).toEqual({ done: true, value: undefined });
      expect(origins).toEqual([first === "scope" ? "parent" : "signal", false]);
      expect(listeners(controller.signal)).toBe(0);
    }
  });

  it("is stopped by a shield, as everything from outside", async () => {
    const controller = new AbortController();
    const outcome = await cancelScope(
      async (scope) => {
        controller.abort("outside");
        await checkpoint(scope);
        return scope.cancelled;
      },
      { signal: controller.signal, shield: true },
    );
    expect(outcome).toEqual({ done: true, value: false });
  });

  it("that fires after the body is done changes nothing", async () => {
    const controller = new AbortController();
    const running = cancelScope(async () => "done", controller);
    queueMicrotask(() => controller.abort("late"));
    expect(await running).toEqual({ done: true, value: "done" });
  });
});

describe("CancelScope.signal", () => {
  it("is one real AbortSignal with the scope's reason", async () => {
    await cancelScope((scope) => {
      const { signal } = scope;
      expect(signal).toBeInstanceOf(AbortSignal);
      expect(scope.signal).toBe(signal);
      expect(signal.aborted).toBe(false);
      const reason = {};
      scope.cancel(reason);
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toBe(reason);
    });
  });

  it("is aborted already when it is first read after the cancellation", async () => {
    await cancelScope((scope) => {
      scope.cancel("before");
      expect([scope.signal.aborted, scope.signal.reason]).toEqual([true, "before"]);
    });
  });

  it("works for what knows nothing of scopes, whose AbortError is recognised", async () => {
    const outcome = await cancelScope(async (scope) => {
      const waiting = delay(60_000, undefined, { signal: scope.signal });
      scope.cancel("stop");
      await waiting;
    });
    expect(outcome).toEqual({ done: false, reason: "stop" });
  });

  it("leads back to its scope, with no listener", async () => {
    const outcome = await cancelScope(async (outer) => {
      const { signal } = outer;
      await cancelScope(
        async (inner) => {
          expect(listeners(signal)).toBe(0);
          outer.cancel("outer");
          expect([inner.origin, inner.reason]).toEqual(["parent", "outer"]);
          await sleep(1, { signal: inner.signal });
        },
        { signal },
      );
    });
    expect(outcome).toEqual({ done: false, reason: "outer" });
  });

  it("aborts when the whole subtree is marked already", async () => {
    await cancelScope(async (outer) => {
      await cancelScope(
        (inner) => {
          const { signal } = inner;
          let cancelledInListener = false;
          outer.signal.addEventListener("abort", () => (cancelledInListener = inner.cancelled));
          outer.cancel();
          expect([cancelledInListener, signal.aborted]).toEqual([true, true]);
        },
        { scope: outer },
      );
    });
  });
});

describe("what is given in the place of a scope or a signal", () => {
  const { signal } = new AbortController();

  it.each([
    ["a signal", signal, /: write `\{ signal \}`$/],
    ["an object with a scope", { scope: { signal } }, / with a `scope`: give that itself$/],
    ["an object with nothing", {}, / without a `signal`: leave it out where there is none, or /],
  ])("is refused with advice where it is %s", (_name, given, message) => {
    expect(() => sleep(1, given as never)).toThrow(message);
  });

  it("is refused without advice where there is none to give", () => {
    expect(thrownBy(() => sleep(1, new Map() as never))).toMatchObject({
      message: expect.not.stringMatching(/ without a | with a `scope`/) as string,
    });
  });

  it.each([
    ["an AbortController", new AbortController(), "write `{ signal: controller.signal }`"],
    ["a scope", undefined, "write `{ scope }`"],
  ])("is refused as a signal with advice where it is %s", async (_name, given, advice) => {
    await cancelScope((scope) => {
      const wrong = (given ?? scope) as never;
      expect(() => cancelScope(() => {}, { signal: wrong })).toThrow(advice);
    });
  });
});
