import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  type CancelScope,
  checkpoint,
  DeadlockError,
  failAfter,
  Lock,
  taskGroup,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Collects garbage until that has an effect. */
async function collectUntil(done: () => boolean): Promise<void> {
  while (!done()) {
    await checkpoint();
    collectGarbage();
  }
}

describe("Lock", () => {
  it("lets one in at a time, in order of arrival", async () => {
    const lock = new Lock();
    const log: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        lock.with(async () => {
          log.push(`${name} in`);
          await checkpoint();
          log.push(`${name} out`);
        }),
      ),
    );
    expect(log).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
    expect(lock.statistics()).toEqual({ locked: false, waiting: 0 });
  });

  it("can be held across functions by its permit", async () => {
    const lock = new Lock();
    const permit = await lock.acquire();
    expect(lock.locked).toBe(true);
    expect(lock.tryAcquire()).toBeUndefined();
    permit.release();
    const other = lock.tryAcquire()!;
    expect(lock.locked).toBe(true);
    other[Symbol.dispose]();
    expect(lock.locked).toBe(false);
  });

  it("is not released for the next holder by a permit that was released before", async () => {
    const lock = new Lock();
    const permit = await lock.acquire();
    const waiting = lock.acquire();
    permit.release();
    const next = await waiting;
    permit.release();
    permit[Symbol.dispose]();
    expect(lock.tryAcquire()).toBeUndefined();
    next.release();
    expect(lock.locked).toBe(false);
  });

  it("passes a cancelled call over, whether it is cancelled before or after the release", async () => {
    for (const cancelFirst of [true, false]) {
      const lock = new Lock();
      const permit = await lock.acquire();
      const outcome = await cancelScope((scope) => {
        const wait = lock.acquire(scope);
        if (cancelFirst) scope.cancel();
        permit.release();
        scope.cancel();
        return wait;
      });
      expect(outcome.done).toBe(!cancelFirst);
      expect(lock.statistics()).toEqual({ locked: !cancelFirst, waiting: 0 });
    }
  });

  it("can be acquired within a time and then held for longer", async () => {
    const lock = new Lock();
    const permit = await failAfter(60_000, (scope) => lock.acquire(scope));
    await checkpoint();
    expect(lock.locked).toBe(true);
    permit.release();
  });

  it("serves several flows that wait under one scope", async () => {
    const lock = new Lock();
    let count = 0;
    await taskGroup(async (group) => {
      for (let i = 0; i < 3; i++) {
        group.spawn(() =>
          lock.with(async () => {
            await checkpoint();
            count++;
          }, group),
        );
      }
      const permit = await lock.acquire(group);
      permit.release();
    });
    expect(count).toBe(3);
  });

  // The number: how often it was held before.
  it.each([0, 2])("makes the others fail once its permit is lost", async (before) => {
    const lock = new Lock();
    for (let i = 0; i < before; i++) {
      const permit = await lock.acquire();
      const next = lock.acquire();
      permit.release();
      (await next).release();
    }
    await (async () => void (await lock.acquire()))();
    const waiting = rejectionOf(lock.acquire());
    let settled = false;
    void waiting.then(() => (settled = true));
    await collectUntil(() => settled);
    const error = await waiting;
    expect(error).toBeInstanceOf(DeadlockError);
    await expect(lock.acquire()).rejects.toBe(error);
    expect(lock.tryAcquire()).toBeUndefined();
  });

  it("does not mind that a released permit is lost", async () => {
    const lock = new Lock();
    const released = (() => {
      const permit = lock.tryAcquire()!;
      permit.release();
      return new WeakRef(permit);
    })();
    const permit = await lock.acquire();
    await collectUntil(() => released.deref() === undefined);
    const waiting = lock.acquire();
    permit.release();
    (await waiting).release();
    expect(lock.locked).toBe(false);
  });

  it("can be lost itself, whether it is held or not", async () => {
    const locks = [true, false].map((held) => {
      const lock = new Lock();
      const permit = lock.tryAcquire()!;
      if (!held) permit.release();
      return new WeakRef(lock);
    });
    const left = (): number => locks.filter((lock) => lock.deref() !== undefined).length;
    await collectUntil(() => left() === 0);
    expect(left()).toBe(0);
  });
});

describe("Lock.with", () => {
  it("releases when the function throws, at once or later", async () => {
    const lock = new Lock();
    const now = lock.with(() => {
      throw new Error("at once");
    });
    await expect(now).rejects.toThrow("at once");
    const later = lock.with(async () => {
      await checkpoint();
      throw new Error("later");
    });
    await expect(later).rejects.toThrow("later");
    expect(lock.locked).toBe(false);
  });

  it("cancels the function through its scope, and releases when that has ended", async () => {
    const lock = new Lock();
    let ended = false;
    const outcome = await cancelScope((outer) =>
      lock.with(async (held) => {
        outer.cancel("enough");
        expect(held.cancelled).toBe(true);
        await checkpoint();
        ended = lock.locked;
        held.throwIfCancelled();
      }, outer),
    );
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(ended).toBe(true);
    expect(lock.locked).toBe(false);
  });

  it("rejects with the reason when the function cancels its own scope", async () => {
    const lock = new Lock();
    const run = lock.with((held) => {
      held.cancel("never mind");
      return checkpoint(held);
    });
    await expect(run).rejects.toBe("never mind");
    expect(lock.locked).toBe(false);
  });

  it("tells who asks for the lock again from inside that it could never end", async () => {
    const lock = new Lock();
    const again = async (scope: CancelScope): Promise<void> => {
      await expect(lock.acquire(scope)).rejects.toBeInstanceOf(DeadlockError);
      await expect(lock.with(() => 1, { signal: scope.signal })).rejects.toThrow(DeadlockError);
    };
    await lock.with(async (held) => {
      await again(held);
      await failAfter(60_000, again, { scope: held });
      await taskGroup((group) => void group.spawn(again), { scope: held });
    });
    expect(lock.statistics()).toEqual({ locked: false, waiting: 0 });
  });

  it("may be collected once it was released", async () => {
    const uncaught: unknown[] = [];
    const listen = (error: unknown): void => void uncaught.push(error);
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    const use = async (): Promise<void> => {
      const lock = new Lock();
      (await lock.acquire()).release();
      registry.register(lock, undefined);
    };
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", listen);
    for (let i = 0; i < 10; i++) await use();
    await collectUntil(() => collected >= 9);
    await checkpoint();
    process.off("uncaughtException", listen);
    for (const other of others) process.on("uncaughtException", other);
    expect(uncaught).toEqual([]);
  });

  it("lets somebody else ask for the lock meanwhile", async () => {
    const lock = new Lock();
    await cancelScope(async (outer) => {
      let other!: Promise<string>;
      await lock.with(async (held) => {
        other = lock.with(() => "other", outer);
        await checkpoint(held);
      }, outer);
      expect(await other).toBe("other");
    });
  });

  it("refuses what it cannot run", async () => {
    const lock = new Lock();
    expect(() => lock.with(3 as never)).toThrow(TypeError);
    expect(() => lock.acquire(3 as never)).toThrow(TypeError);
    await expect(
      lock.with(function* pages() {
        yield 1;
      }),
    ).rejects.toThrow(/`pages`.*generator/);
    expect(lock.locked).toBe(false);
  });
});
