import { describe, expect, it } from "vitest";
import { cancelScope, checkpoint, Semaphore } from "../../lib/index.ts";

describe("Semaphore", () => {
  it("lets no more than its total go ahead, in order of arrival", async () => {
    const semaphore = new Semaphore(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        semaphore.with(async () => {
          order.push(i);
          most = Math.max(most, ++running);
          await checkpoint();
          running--;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(semaphore.statistics()).toEqual({ total: 2, used: 0, waiting: 0 });
  });

  it("does not let a late call overtake one that waits", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const waiting = semaphore.acquire();
    semaphore.release();
    expect(semaphore.tryAcquire()).toBeUndefined();
    (await waiting).release();
    expect(semaphore.tryAcquire()).toBeDefined();
  });

  it("passes a cancelled call over, whether it is cancelled before or after the release", async () => {
    for (const cancelFirst of [true, false]) {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      let next!: Promise<unknown>;
      const outcome = await cancelScope((scope) => {
        const wait = semaphore.acquire(scope);
        next = semaphore.acquire();
        if (cancelFirst) scope.cancel();
        semaphore.release();
        scope.cancel();
        return wait;
      });
      expect(outcome.done).toBe(!cancelFirst);
      if (!cancelFirst) semaphore.release();
      await next;
      expect(semaphore.statistics()).toEqual({ total: 1, used: 1, waiting: 0 });
    }
  });

  it("refuses a call under a cancelled scope even while a permit is free", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire({ signal: AbortSignal.abort("over") })).rejects.toBe("over");
    expect(semaphore.statistics().used).toBe(0);
  });

  it("gives permits that release one each", async () => {
    const semaphore = new Semaphore(2);
    const permit = await semaphore.acquire();
    const other = semaphore.tryAcquire()!;
    permit[Symbol.dispose]();
    expect(semaphore.statistics().used).toBe(1);
    other.release();
    expect(semaphore.statistics().used).toBe(0);
  });

  it("notices that more came back than were given out", () => {
    const semaphore = new Semaphore(3);
    expect(() => semaphore.release()).toThrow(RangeError);
    expect(semaphore.statistics().used).toBe(0);
  });

  it("hands 10,000 waiters on without recursion", async () => {
    const semaphore = new Semaphore(1);
    let count = 0;
    await semaphore.acquire();
    const all = Promise.all(
      Array.from({ length: 10_000 }, () => semaphore.with(() => void count++)),
    );
    semaphore.release();
    await all;
    expect(count).toBe(10_000);
  });

  it("refuses a total that is none", () => {
    expect(() => new Semaphore(0)).toThrow(
      new RangeError("Expected `total` to be an integer of 1 or more, got 0 (number)"),
    );
    expect(() => new Semaphore(Infinity)).toThrow(RangeError);
    expect(() => new Semaphore("1" as never)).toThrow(TypeError);
    expect(() => new Semaphore(1).with(1 as never)).toThrow(TypeError);
  });
});
