import { describe, expect, it } from "vitest";
import {
  BrokenChannelError,
  cancelScope,
  checkpoint,
  ClosedError,
  EndOfChannelError,
  Event,
  openChannel,
  type ReceiveChannel,
  select,
  type SelectClause,
  taskGroup,
  TaskCancelledError,
} from "../../lib/index.ts";
import { pendingTimers } from "../../lib/scope/timers.ts";
import { withVirtualClock } from "../../lib/testing.ts";

const waitingIn = (channel: ReceiveChannel<unknown>): number => {
  const { waitingToReceive, waitingToSend } = channel.statistics();
  return waitingToReceive + waitingToSend;
};

describe("select", () => {
  it("receives from the channel that has an item, and takes none from the others", async () => {
    const [sendA, a] = openChannel<string>({ capacity: 1 });
    const [, b] = openChannel<number>();
    await sendA.send("item");
    expect(await select({ a, b })).toEqual({ key: "a", value: "item" });
    expect(await select({ a, b, idle: { afterMs: 0 } })).toEqual({ key: "idle", value: undefined });
  });

  it("waits, is ended by the first that goes ahead, and leaves no waiter", async () => {
    const [sendA, a] = openChannel<string>();
    const [sendB, b] = openChannel<number>();
    const event = new Event();
    const waiting = select({
      a,
      b,
      event,
      late: { afterMs: 60_000 },
      out: { send: sendA, value: "x" },
    });
    expect([waitingIn(a), waitingIn(b), event.statistics().waiting]).toEqual([2, 1, 1]);
    expect(sendB.trySend(7)).toBe(true);
    expect([waitingIn(a), waitingIn(b), event.statistics().waiting]).toEqual([0, 0, 0]);
    expect(await waiting).toEqual({ key: "b", value: 7 });
    expect(sendB.trySend(8)).toBe(false);
  });

  it("leaves no timer behind when another clause goes ahead, or it is cancelled", async () => {
    await withVirtualClock(async () => {
      const [send, receive] = openChannel<string>();
      const late = { afterMs: 3_600_000 };
      const selecting = select({ receive, late });
      expect(pendingTimers()).toHaveLength(1);
      await send.send("item");
      expect(await selecting).toMatchObject({ key: "receive" });
      expect(pendingTimers()).toEqual([]);
      await cancelScope(async (scope) => {
        const never = select({ receive, late }, { scope });
        scope.cancel();
        await never;
      });
      expect(pendingTimers()).toEqual([]);
    });
  });

  it("sends when there is a receiver, and not otherwise", async () => {
    const [send, receive] = openChannel<number>();
    const options = { biased: true };
    const none = await select({ out: { send, value: 1 }, idle: { afterMs: 0 } }, options);
    expect(none.key).toBe("idle");
    const waiting = select({ out: { send, value: 2 } });
    expect(await receive.receive()).toBe(2);
    expect(await waiting).toEqual({ key: "out", value: undefined });
    const receiving = receive.receive();
    expect((await select({ out: { send, value: 3 }, idle: { afterMs: 0 } }, options)).key).toBe(
      "out",
    );
    expect(await receiving).toBe(3);
  });

  it("passes an item from one selection to another, but not to itself", async () => {
    const [send, receive] = openChannel<number>();
    const both = (value: number): Promise<{ key: string; value: unknown }> =>
      select({ in: receive, out: { send, value } }, { biased: true });
    const one = both(1);
    await checkpoint();
    expect(send.statistics()).toMatchObject({ waitingToSend: 1, waitingToReceive: 1 });
    const two = both(2);
    expect([await one, await two]).toEqual([
      { key: "out", value: undefined },
      { key: "in", value: 1 },
    ]);
    expect(waitingIn(receive)).toBe(0);
  });

  it("waits for a task, gives its result, and throws its error", async () => {
    await taskGroup(
      async (group) => {
        const [send, receive] = openChannel<number>();
        const task = group.spawn(async () => {
          await checkpoint();
          return "result";
        });
        expect(await select({ receive, task })).toEqual({ key: "task", value: "result" });
        expect(await select({ receive, task })).toEqual({ key: "task", value: "result" });
        expect(waitingIn(receive)).toBe(0);

        const failing = group.spawn(() => {
          throw new Error("failed");
        });
        await expect(select({ receive, failing })).rejects.toThrow("failed");

        const endless = group.spawn((scope) => receive.receive(scope));
        await checkpoint();
        const chosen = select({ endless });
        endless.cancel();
        await expect(chosen).rejects.toBeInstanceOf(TaskCancelledError);
        send.close();
      },
      { policy: "supervise" },
    );
  });

  it("listens to a task once, however often it is waited for", async () => {
    let listened = 0;
    let settle!: () => void;
    const promise = new Promise<void>((resolve) => (settle = resolve));
    const task = {
      settled() {
        listened++;
        return promise;
      },
      result: () => 42,
    };
    for (let i = 0; i < 100; i++) await select({ task, idle: { afterMs: 0 } }, { biased: true });
    const waits = [select({ task }), select({ task })];
    settle();
    expect(await Promise.all(waits)).toEqual([
      { key: "task", value: 42 },
      { key: "task", value: 42 },
    ]);
    expect(listened).toBe(1);
    expect((await select({ task })).value).toBe(42);
  });

  it("waits for an event", async () => {
    const event = new Event();
    const waiting = select({ event });
    event.set();
    expect(await waiting).toEqual({ key: "event", value: undefined });
    expect((await select({ event })).key).toBe("event");
  });

  it("throws what can only fail", async () => {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    const [, other] = openChannel<number>();
    await send.send(1);
    send.close();
    expect((await select({ receive, other })).value).toBe(1);
    await expect(select({ receive, other })).rejects.toBeInstanceOf(EndOfChannelError);
    await expect(select({ out: { send, value: 1 } })).rejects.toBeInstanceOf(ClosedError);
    receive.close();
    await expect(select({ receive })).rejects.toBeInstanceOf(ClosedError);
    expect(waitingIn(other)).toBe(0);
  });

  it("throws what turns out to fail while it waits, and leaves no waiter", async () => {
    const [sendA, a] = openChannel<number>();
    const [sendB, b] = openChannel<number>();
    const ended = select({ a, again: a, b });
    sendA.close();
    await expect(ended).rejects.toBeInstanceOf(EndOfChannelError);
    const closed = select({ b, again: b });
    b.close();
    await expect(closed).rejects.toBeInstanceOf(ClosedError);

    const [sendC, c] = openChannel<number>();
    const broken = select({ b: { send: sendC, value: 1 }, c: { send: sendC, value: 2 } });
    c.close();
    await expect(broken).rejects.toBeInstanceOf(BrokenChannelError);
    await expect(select({ out: { send: sendB, value: 1 } })).rejects.toThrow(BrokenChannelError);
    expect([waitingIn(a), waitingIn(b), waitingIn(c)]).toEqual([0, 0, 0]);
    const refusing = { isSet: false, wait: () => Promise.reject(new Error("no wait")) };
    await expect(select({ a: openChannel()[1], refusing })).rejects.toThrow("no wait");
    const throwing = {
      settled() {
        throw new Error("no promise");
      },
      result() {},
    };
    const [, d] = openChannel();
    await expect(select({ d, throwing })).rejects.toThrow("no promise");
    expect(waitingIn(d)).toBe(0);
  });

  it("prefers the first that can go ahead if it is biased", async () => {
    const [sendA, a] = openChannel<number>({ capacity: 100 });
    const [sendB, b] = openChannel<number>({ capacity: 100 });
    for (let i = 0; i < 100; i++) {
      sendA.trySend(i);
      sendB.trySend(i);
    }
    for (let i = 0; i < 100; i++) {
      expect(await select({ b, a }, { biased: true })).toEqual({ key: "b", value: i });
    }
    expect((await select({ b, a }, { biased: true })).key).toBe("a");
  });

  it("gives each that can go ahead its chance if it is not", async () => {
    const channels = ["a", "b", "c", "d"].map(
      (key) => [key, openChannel<number>({ capacity: Infinity })] as const,
    );
    for (const [, [send]] of channels) for (let i = 0; i < 2000; i++) send.trySend(i);
    const clauses: Record<string, SelectClause> = Object.fromEntries(
      channels.map(([key, [, receive]]) => [key, receive]),
    );
    const count = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const { key } = await select(clauses);
      count.set(key, (count.get(key) ?? 0) + 1);
    }
    // The chance of a fair choice to leave these bounds is below one in a billion.
    for (const [key] of channels) {
      expect(count.get(key)).toBeGreaterThan(350);
      expect(count.get(key)).toBeLessThan(650);
    }
  });

  it("when cancelled takes nothing, leaves no waiter, and disposes of what it was to send", async () => {
    const told: number[] = [];
    const [send, receive] = openChannel<number>({ onUndelivered: (item) => told.push(item) });
    const [, other] = openChannel<number>();
    const event = new Event();
    const outcome = await cancelScope((scope) => {
      const chosen = select(
        { out: { send, value: 1 }, other, event, late: { afterMs: 60_000 } },
        { scope },
      );
      scope.cancel("enough");
      return chosen;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(told).toEqual([1]);
    expect([waitingIn(receive), waitingIn(other), event.statistics().waiting]).toEqual([0, 0, 0]);
    const within = { signal: AbortSignal.abort("over") };
    const late = select({ out: { send, value: 2 }, idle: { afterMs: 0 } }, { scope: within });
    await expect(late).rejects.toBe("over");
    expect(told).toEqual([1, 2]);
  });

  it("keeps what it was given before it was cancelled", async () => {
    const [send, receive] = openChannel<number>();
    const outcome = await cancelScope((scope) => {
      const chosen = select({ receive }, { scope });
      send.trySend(1);
      scope.cancel();
      return chosen;
    });
    expect(outcome).toEqual({ done: true, value: { key: "receive", value: 1 } });
  });

  it("leaves a value that it did not send with its owner when another clause goes ahead", async () => {
    const told: number[] = [];
    const [send] = openChannel<number>({ onUndelivered: (item) => told.push(item) });
    await select({ out: { send, value: 1 }, late: { afterMs: 1 } });
    expect(told).toEqual([]);
    expect(send.statistics().waitingToSend).toBe(0);
  });

  it("refuses clauses that are none", () => {
    const [send] = openChannel<number>();
    expect(() => select({})).toThrow(TypeError);
    for (const record of [null, "ab", 1]) {
      expect(() => select(record as never)).toThrow("Expected `clauses` to be a record of clauses");
    }
    expect(() => select({ a: 1 as never })).toThrow(
      new TypeError(
        "Expected the clause `a` to be a receiving end, a task, an event, `{ send, value }` or `{ afterMs }`, got 1 (number)",
      ),
    );
    const none = [
      null,
      send,
      { send },
      { send: 1, value: 2 },
      { value: 2 },
      { settled: 1 },
      { isSet: true },
      { isSet: true, wait: 1 },
      { wait: () => {} },
    ];
    for (const a of none) {
      expect(() => select({ a: a as never })).toThrow(
        "Expected the clause `a` to be a receiving end",
      );
    }
    expect(() => select({ late: { afterMs: -1 } })).toThrow(RangeError);
    expect(() => select({ late: { afterMs: 1, value: 2 } as never })).toThrow(
      "Expected the clause `late` to have nothing but `afterMs`, got `value` as well",
    );
    expect(() => select({ out: { send, value: 1, afterMs: 1 } as never })).toThrow(
      "Expected the clause `out` to have nothing but `send` and `value`, got `afterMs` as well",
    );
    expect(() => select({ late: { afterMs: 1 } }, { scope: 1 as never })).toThrow(TypeError);
  });
});
