import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cancelScope, checkpoint, sleep } from "../../lib/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

describe("sleep", () => {
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(() => clock[Symbol.dispose]());

  it("wakes those who sleep in the order of their times, then of their calls", async () => {
    const woken: string[] = [];
    const sleepers = [3, 1, 2, 1, 3].map((ms, i) =>
      sleep(ms * 10).then(() => woken.push(`${ms}: ${i}`)),
    );
    clock.advance(30);
    await Promise.all(sleepers);
    expect(woken).toEqual(["1: 1", "1: 3", "2: 2", "3: 0", "3: 4"]);
  });

  it("wakes many who sleep until the same time in the order of their calls", async () => {
    const woken: number[] = [];
    const sleepers = Array.from({ length: 50 }, (_, i) => sleep(10).then(() => woken.push(i)));
    clock.advance(10);
    await Promise.all(sleepers);
    expect(woken).toEqual(sleepers.map((_, i) => i));
  });

  it("does not end early, also when an alarm comes early", async () => {
    let woken = false;
    const sleeping = sleep(100).then(() => (woken = true));
    clock.advance(99);
    await checkpoint();
    expect(woken).toBe(false);
    clock.advance(1);
    await sleeping;
  });

  it("lasts longer than the longest timer of Node's", async () => {
    let woken = false;
    const sleeping = sleep(2 ** 31 + 1).then(() => (woken = true));
    clock.advance(2 ** 31);
    await checkpoint();
    expect(woken).toBe(false);
    clock.advance(1);
    await sleeping;
  });

  it("rejects at once when its scope is cancelled, and leaves no timer", async () => {
    await cancelScope(async (scope) => {
      const sleeping = rejectionOf(sleep(100, scope));
      expect(clock.armed).toBe(true);
      scope.cancel("up");
      expect(clock.armed).toBe(false);
      expect(await sleeping).toBe("up");
    });
  });

  it("ends or is cancelled, whichever comes first, and the other has no effect", async () => {
    const outcome = await cancelScope(async (scope) => {
      const sleeping = sleep(100, scope);
      clock.advance(100);
      scope.cancel("too late");
      return sleeping;
    });
    expect(outcome).toEqual({ done: true, value: undefined });
  });

  it("waits under anything with a signal", async () => {
    const controller = new AbortController();
    const sleeping = rejectionOf(sleep(Infinity, controller));
    controller.abort("stop");
    expect(await sleeping).toBe("stop");
    expect(await rejectionOf(sleep(1, controller))).toBe("stop");
    const unbound = sleep(1, { signal: undefined });
    clock.advance(1);
    await unbound;
  });

  it("refuses to wait under something else", () => {
    for (const within of [null, 1, "scope", { signal: {} }] as never[]) {
      expect(thrownBy(() => void sleep(1, within))).toBeInstanceOf(TypeError);
    }
  });
});

describe("sleep on the host's clock", () => {
  it("does not end early", async () => {
    const start = performance.now();
    await Promise.all([1, 2, 3.5].map((ms) => sleep(ms)));
    expect(performance.now() - start).toBeGreaterThanOrEqual(3.5);
  });

  it("does not fire early beyond 2^31 - 1 ms", async () => {
    const warnings: unknown[] = [];
    const listen = (warning: unknown): unknown => warnings.push(warning);
    process.on("warning", listen);
    await cancelScope(async (scope) => {
      let woken = false;
      const sleeping = sleep(2 ** 31 + 1, scope).then(() => (woken = true));
      await sleep(5, scope);
      expect(woken).toBe(false);
      scope.cancel();
      await sleeping.catch(() => {});
    });
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });
});

describe("checkpoint", () => {
  it("lets everything else have a turn", async () => {
    const turns: string[] = [];
    const other = new Promise<void>((resolve) => {
      setImmediate(() => {
        turns.push("other");
        resolve();
      });
    });
    await checkpoint();
    turns.push("checkpoint");
    await other;
    expect(turns).toEqual(["other", "checkpoint"]);
  });

  it("rejects when its scope is cancelled before the turn is over", async () => {
    await cancelScope(async (scope) => {
      const turn = rejectionOf(checkpoint(scope));
      scope.cancel("now");
      expect(await turn).toBe("now");
    });
  });
});
