import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  Condition,
  DeadlockError,
  Lock,
  SkeinError,
} from "../../lib/index.ts";
import { untilIdle } from "../../lib/testing.ts";
import { gate } from "../support/gate.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Lets `count` waiters wait; each notes its number when it is back inside. */
async function waiters(condition: Condition, count: number): Promise<number[]> {
  const back: number[] = [];
  for (let i = 0; i < count; i++) {
    void condition.with(async () => {
      await condition.wait();
      expect(condition.statistics().locked).toBe(true);
      back.push(i);
    });
  }
  await untilIdle();
  expect(condition.statistics().waiting).toBe(count);
  return back;
}

describe("Condition", () => {
  it("lets one who waits come back for each notice, in order of arrival", async () => {
    const condition = new Condition();
    const back = await waiters(condition, 4);
    expect(condition.statistics()).toEqual({ locked: false, waiting: 4 });
    await condition.with(() => condition.notify());
    await checkpoint();
    expect(back).toEqual([0]);
    await condition.with(() => condition.notify(2));
    await checkpoint();
    expect(back).toEqual([0, 1, 2]);
    await condition.with(() => condition.notifyAll());
    await checkpoint();
    expect(back).toEqual([0, 1, 2, 3]);
    expect(condition.statistics()).toEqual({ locked: false, waiting: 0 });
  });

  it("keeps no notice for later", async () => {
    const condition = new Condition();
    await condition.with(() => condition.notifyAll());
    const back = await waiters(condition, 1);
    expect(back).toEqual([]);
    await condition.with(() => condition.notify());
  });

  it("lets nobody come back before the notifier has left", async () => {
    const condition = new Condition();
    const back = await waiters(condition, 2);
    await condition.with(async () => {
      condition.notifyAll();
      await checkpoint();
      expect(back).toEqual([]);
    });
    await checkpoint();
    expect(back).toEqual([0, 1]);
  });

  it("lets who was notified come back before those who ask for the lock later", async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    const back = await waiters(condition, 1);
    let later!: Promise<number>;
    await condition.with(() => {
      condition.notify();
      later = lock.with(() => back.push(99));
    });
    await later;
    expect(back).toEqual([0, 99]);
  });

  it("is back in the lock before a cancelled wait rejects", async () => {
    const condition = new Condition();
    let lockedInside: boolean | undefined;
    const outcome = await cancelScope((scope) =>
      condition.with(async (held) => {
        const other = condition.with(async () => {
          scope.cancel("enough");
          await checkpoint();
          expect(lockedInside).toBeUndefined();
        });
        try {
          await condition.wait(held);
        } finally {
          lockedInside = condition.statistics().locked;
          await other;
        }
      }, scope),
    );
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(lockedInside).toBe(true);
    expect(condition.statistics()).toEqual({ locked: false, waiting: 0 });
  });

  it("gives the notice to another when its first is cancelled before", async () => {
    const condition = new Condition();
    const done = cancelScope((scope) =>
      condition.with(async () => {
        queueMicrotask(() => scope.cancel());
        await condition.wait(scope);
      }),
    );
    const back = await waiters(condition, 1);
    await done;
    await condition.with(() => condition.notify());
    await checkpoint();
    expect(back).toEqual([0]);
  });

  it("returns when it was notified before it was cancelled", async () => {
    const condition = new Condition();
    const outcome = await cancelScope(async (scope) => {
      const wait = condition.with(() => condition.wait(scope));
      await untilIdle();
      await condition.with(() => {
        condition.notify();
        scope.cancel();
      });
      await wait;
      return "notified";
    });
    expect(outcome).toEqual({ done: true, value: "notified" });
  });

  it("does not leave the lock for a wait under a cancelled scope", async () => {
    const condition = new Condition();
    await condition.with(async () => {
      const wait = condition.wait({ signal: AbortSignal.abort("over") });
      expect(condition.statistics()).toEqual({ locked: true, waiting: 0 });
      await expect(wait).rejects.toBe("over");
    });
  });

  it("shares a lock with other conditions and with those who use it directly", async () => {
    const lock = new Lock();
    const notEmpty = new Condition(lock);
    const notFull = new Condition(lock);
    const items: number[] = [];
    const taken: number[] = [];
    const producer = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        await lock.with(async () => {
          while (items.length === 2) await notFull.wait();
          items.push(i);
          notEmpty.notify();
        });
      }
    };
    const consumer = async (): Promise<void> => {
      const permit = await lock.acquire();
      while (taken.length < 5) {
        while (items.length === 0) await notEmpty.wait();
        taken.push(items.shift()!);
        notFull.notify();
      }
      permit.release();
    };
    await Promise.all([consumer(), producer()]);
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    expect(lock.locked).toBe(false);
  });

  it("frees the lock for a body that did not wait for its own wait", async () => {
    const condition = new Condition();
    let wait!: Promise<void>;
    await condition.with(() => {
      wait = condition.wait();
    });
    expect(condition.statistics()).toEqual({ locked: false, waiting: 1 });
    await condition.with(() => condition.notify());
    await wait;
    expect(condition.statistics()).toEqual({ locked: false, waiting: 0 });
  });

  it("leaves the lock to its holder when a body ends that did not wait for its own wait", async () => {
    const condition = new Condition();
    const [away, inside] = [gate(), gate()];
    let wait!: Promise<void>;
    const first = condition.with(async () => {
      wait = condition.wait();
      await away.passed;
    });
    const second = condition.with(() => inside.passed);
    away.open();
    await first;
    expect(condition.statistics()).toEqual({ locked: true, waiting: 1 });
    inside.open();
    await second;
    await condition.with(() => condition.notify());
    await wait;
  });

  it("loses the lock for good when a permit is lost while it waits", async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    let wait!: Promise<void>;
    await (async () => {
      await lock.acquire();
      wait = condition.wait();
    })();
    for (let turn = 0; turn < 5; turn++) {
      await checkpoint();
      collectGarbage();
    }
    await condition.with(() => condition.notify());
    await wait;
    let error: unknown;
    void lock.acquire().catch((lost: unknown) => (error = lost));
    while (error === undefined) {
      await checkpoint();
      collectGarbage();
    }
    expect(error).toBeInstanceOf(DeadlockError);
  });

  it("refuses to be used outside of its lock", async () => {
    const condition = new Condition();
    await expect(condition.wait()).rejects.toMatchObject({ code: "ERR_SKEIN_NOT_LOCKED" });
    expect(() => condition.notify()).toThrow(SkeinError);
    expect(() => condition.notifyAll()).toThrow(SkeinError);
    expect(() => condition.notify(-1)).toThrow(RangeError);
    expect(() => condition.notify("1" as never)).toThrow(TypeError);
    expect(() => new Condition({} as never)).toThrow(TypeError);
  });
});
