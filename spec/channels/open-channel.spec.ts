import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  BrokenChannelError,
  cancelScope,
  checkpoint,
  ClosedError,
  EndOfChannelError,
  failuresOf,
  openChannel,
} from "../../lib/index.ts";

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: unknown) => error,
  );

describe("openChannel", () => {
  it("hands items over directly without a buffer", async () => {
    const [send, receive] = openChannel<number>();
    const log: string[] = [];
    const sending = send.send(1).then(() => log.push("sent"));
    await checkpoint();
    expect(log).toEqual([]);
    expect(send.statistics()).toEqual({
      capacity: 0,
      buffered: 0,
      sendingEnds: 1,
      receivingEnds: 1,
      waitingToSend: 1,
      waitingToReceive: 0,
    });
    expect(await receive.receive()).toBe(1);
    await sending;
    expect(receive.statistics().waitingToSend).toBe(0);
  });

  it("lets senders be ahead by its capacity and no more", async () => {
    const [send, receive] = openChannel<number>({ capacity: 2 });
    await send.send(1);
    await send.send(2);
    const third = send.send(3);
    expect(send.statistics()).toMatchObject({ buffered: 2, waitingToSend: 1 });
    expect(await receive.receive()).toBe(1);
    await third;
    expect(send.statistics()).toMatchObject({ buffered: 2, waitingToSend: 0 });
    expect([await receive.receive(), await receive.receive()]).toEqual([2, 3]);
  });

  it("keeps the order of 10,000 items with a buffer that grows and is given up again", async () => {
    const [send, receive] = openChannel<number>({ capacity: Infinity });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 7; i++) send.trySend(-1);
      for (let i = 0; i < 7; i++) receive.tryReceive();
      for (let i = 0; i < 10_000; i++) await send.send(i);
      expect(send.statistics()).toMatchObject({ capacity: Infinity, buffered: 10_000 });
      for (let i = 0; i < 10_000; i++) {
        const item = await receive.receive();
        if (item !== i) throw new Error(`expected ${i}, got ${item}`);
      }
    }
    expect(receive.statistics().buffered).toBe(0);
  });

  it("passes undefined and null like any item", async () => {
    const [send, receive] = openChannel<undefined | null>({ capacity: 2 });
    await send.send(undefined);
    await send.send(null);
    expect([await receive.receive(), receive.tryReceive()]).toEqual([
      undefined,
      { done: true, value: null },
    ]);
  });

  it("serves receivers and senders in order of arrival", async () => {
    const [send, receive] = openChannel<number>();
    const order: string[] = [];
    const receives = ["a", "b", "c"].map((name) =>
      receive.receive().then((item) => order.push(`${name}${item}`)),
    );
    for (let i = 0; i < 3; i++) await send.send(i);
    await Promise.all(receives);
    expect(order).toEqual(["a0", "b1", "c2"]);
    const sends = [3, 4, 5].map((i) => send.send(i));
    expect([await receive.receive(), await receive.receive(), await receive.receive()]).toEqual([
      3, 4, 5,
    ]);
    await Promise.all(sends);
  });

  it("lets the event loop have turns while items go through without waiting", async () => {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    let turns = 0;
    const counting = setImmediate(function again() {
      turns++;
      if (turns < 3) setImmediate(again);
    });
    for (let i = 0; turns < 3; i++) {
      await send.send(i);
      expect(await receive.receive()).toBe(i);
    }
    clearImmediate(counting);
    expect(turns).toBe(3);
  });

  it("refuses options that are none", () => {
    expect(() => openChannel({ capacity: -1 })).toThrow(
      new RangeError(
        "Expected `capacity` to be an integer of 0 or more or Infinity, got -1 (number)",
      ),
    );
    expect(() => openChannel({ capacity: 0.5 })).toThrow(RangeError);
    expect(() => openChannel({ capacity: "1" as never })).toThrow(TypeError);
    expect(() => openChannel({ onUndelivered: 1 as never })).toThrow(TypeError);
  });
});

describe("close", () => {
  it("of all senders lets what is buffered be received, then ends the channel", async () => {
    const [send, receive] = openChannel<number>({ capacity: 3 });
    await send.send(1);
    await send.send(2);
    send.close();
    send.close();
    expect(receive.ended).toBe(false);
    expect([await receive.receive(), await receive.receive()]).toEqual([1, 2]);
    expect(receive.ended).toBe(true);
    expect(await rejection(receive.receive())).toBeInstanceOf(EndOfChannelError);
    expect(receive.tryReceive()).toMatchObject({
      done: false,
      reason: { code: "ERR_SKEIN_END_OF_CHANNEL" },
    });
  });

  it("of all senders ends the waits of receivers", async () => {
    const [send, receive] = openChannel<number>();
    const waits = [receive.receive(), receive.receive()].map(rejection);
    send.close();
    for (const error of await Promise.all(waits)) expect(error).toBeInstanceOf(EndOfChannelError);
    expect(receive.statistics()).toMatchObject({ sendingEnds: 0, waitingToReceive: 0 });
  });

  it("of one clone of several leaves the channel open", async () => {
    const [send, receive] = openChannel<number>();
    const clone = send.clone();
    const other = receive.clone();
    send.close();
    receive.close();
    const sending = clone.send(1);
    expect(await other.receive()).toBe(1);
    await sending;
    expect(clone.statistics()).toMatchObject({ sendingEnds: 1, receivingEnds: 1 });
  });

  it("of one clone rejects the waits of that clone only, with a ClosedError", async () => {
    const [send, receive] = openChannel<number>();
    const clone = receive.clone();
    const mine = rejection(receive.receive());
    const theirs = clone.receive();
    receive.close();
    expect(await mine).toBeInstanceOf(ClosedError);
    await send.send(1);
    expect(await theirs).toBe(1);

    const cloned = send.clone();
    const first = rejection(send.send(2));
    const second = cloned.send(3);
    send.close();
    expect(await first).toBeInstanceOf(ClosedError);
    expect(await clone.receive()).toBe(3);
    await second;
  });

  it("of all receivers rejects sends with a BrokenChannelError", async () => {
    const [send, receive] = openChannel<number>();
    const waiting = rejection(send.send(1));
    receive.close();
    receive.close();
    expect(await waiting).toBeInstanceOf(BrokenChannelError);
    expect(await rejection(send.send(2))).toBeInstanceOf(BrokenChannelError);
    expect(() => send.trySend(3)).toThrow(BrokenChannelError);
    expect(send.statistics()).toMatchObject({ receivingEnds: 0, waitingToSend: 0 });
  });

  it("makes every use of that end a ClosedError", async () => {
    const [send, receive] = openChannel<number>();
    send.close();
    expect(await rejection(send.send(1))).toBeInstanceOf(ClosedError);
    expect(() => send.trySend(1)).toThrow(ClosedError);
    expect(() => send.clone()).toThrow(ClosedError);
    receive.close();
    expect(await rejection(receive.receive())).toBeInstanceOf(ClosedError);
    expect(() => receive.tryReceive()).toThrow(ClosedError);
    expect(() => receive.clone()).toThrow(ClosedError);
    expect(await rejection(receive.values().next())).toBeInstanceOf(ClosedError);
  });

  it("happens at the end of a `using` block", () => {
    const [send, receive] = openChannel<number>();
    send[Symbol.dispose]();
    receive[Symbol.dispose]();
    expect(send.statistics()).toMatchObject({ sendingEnds: 0, receivingEnds: 0 });
  });
});

describe("send", () => {
  it("when cancelled is not received later", async () => {
    const [send, receive] = openChannel<string>();
    const outcome = await cancelScope((scope) => {
      const wait = send.send("cancelled", scope);
      scope.cancel("enough");
      expect(send.statistics().waitingToSend).toBe(0);
      return wait;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(receive.tryReceive()).toEqual({ done: false, reason: undefined });
  });

  it("resolves when its item was taken before it was cancelled", async () => {
    const [send, receive] = openChannel<string>();
    const outcome = await cancelScope((scope) => {
      const wait = send.send("taken", scope);
      expect(receive.tryReceive()).toEqual({ done: true, value: "taken" });
      scope.cancel();
      return wait;
    });
    expect(outcome.done).toBe(true);
  });

  it("sends nothing under a cancelled scope, even if there is room", async () => {
    const [send, receive] = openChannel<string>({ capacity: 1 });
    const within = { signal: AbortSignal.abort("over") };
    expect(await rejection(send.send("late", within))).toBe("over");
    expect(receive.tryReceive().done).toBe(false);
    expect(() => send.send("late", 3 as never)).toThrow(TypeError);
  });
});

describe("receive", () => {
  it("when cancelled takes no item", async () => {
    const [send, receive] = openChannel<string>();
    const outcome = await cancelScope((scope) => {
      const wait = receive.receive(scope);
      scope.cancel("enough");
      expect(send.trySend("kept")).toBe(false);
      return wait;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(receive.statistics().waitingToReceive).toBe(0);
  });

  it("keeps the item that it was given before it was cancelled", async () => {
    const [send, receive] = openChannel<string>();
    const outcome = await cancelScope((scope) => {
      const wait = receive.receive(scope);
      expect(send.trySend("given")).toBe(true);
      scope.cancel();
      return wait;
    });
    expect(outcome).toEqual({ done: true, value: "given" });
  });

  it("takes nothing under a cancelled scope, even if there is an item", async () => {
    const [send, receive] = openChannel<string>({ capacity: 1 });
    await send.send("kept");
    const within = { signal: AbortSignal.abort("over") };
    expect(await rejection(receive.receive(within))).toBe("over");
    expect(await rejection(receive.values(within).next())).toBe("over");
    expect(receive.tryReceive()).toEqual({ done: true, value: "kept" });
  });
});

describe("tryReceive", () => {
  it("makes room for a sender that waits", async () => {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    await send.send(1);
    const second = send.send(2);
    expect(receive.tryReceive()).toEqual({ done: true, value: 1 });
    await second;
    expect(receive.tryReceive()).toEqual({ done: true, value: 2 });
    expect(receive.tryReceive()).toEqual({ done: false, reason: undefined });
  });
});

describe("for await", () => {
  it("ends at the end of the channel", async () => {
    const [send, receive] = openChannel<number>({ capacity: 2 });
    const items: number[] = [];
    const loop = (async () => {
      for await (const item of receive) items.push(item);
    })();
    for (let i = 0; i < 5; i++) await send.send(i);
    send.close();
    await loop;
    expect(items).toEqual([0, 1, 2, 3, 4]);
    for await (const item of receive) items.push(item);
    expect(items.length).toBe(5);
  });

  it("loses no item by `break` and can go on in another loop", async () => {
    const [send, receive] = openChannel<number>({ capacity: 4 });
    for (let i = 0; i < 4; i++) await send.send(i);
    send.close();
    const items: number[] = [];
    for await (const item of receive) {
      items.push(item);
      if (item === 1) break;
    }
    for await (const item of receive) items.push(item);
    expect(items).toEqual([0, 1, 2, 3]);
  });

  it("is left by cancellation of the scope it iterates under, and loses no item", async () => {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    const items: number[] = [];
    const outcome = await cancelScope(async (scope) => {
      await send.send(0);
      for await (const item of receive.values(scope)) {
        items.push(item);
        queueMicrotask(() => scope.cancel("enough"));
      }
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
    expect(items).toEqual([0]);
    expect(receive.statistics()).toMatchObject({ waitingToReceive: 0 });
    await send.send(1);
    expect(await receive.receive()).toBe(1);
  });

  it("throws a ClosedError when its end is closed meanwhile", async () => {
    const [, receive] = openChannel<number>();
    const step = rejection(receive.values().next());
    receive.close();
    expect(await step).toBeInstanceOf(ClosedError);
  });

  it("ends the steps that were asked for when it is left, and those of no other loop", async () => {
    const [send, receive] = openChannel<number>();
    const one = receive.values();
    const two = receive.values();
    const steps = [one.next(), two.next(), one.next()];
    await one.return!();
    expect(receive.statistics().waitingToReceive).toBe(1);
    await send.send(7);
    expect(await Promise.all(steps)).toEqual([
      { done: true, value: undefined },
      { done: false, value: 7 },
      { done: true, value: undefined },
    ]);
    expect(await one.next()).toEqual({ done: true, value: undefined });
    expect(() => receive.values(1 as never)).toThrow(TypeError);
  });

  it("shares the items between loops", async () => {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    const seen: number[] = [];
    const loop = async (): Promise<number> => {
      let count = 0;
      for await (const item of receive.clone()) {
        seen.push(item);
        count++;
      }
      return count;
    };
    const loops = [loop(), loop()];
    for (let i = 0; i < 20; i++) await send.send(i);
    send.close();
    const counts = await Promise.all(loops);
    expect(counts.reduce((a, b) => a + b)).toBe(20);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});

describe("onUndelivered", () => {
  it("is told of what is left when the last receiver closes, in order", async () => {
    const told: number[] = [];
    const [send, receive] = openChannel<number>({
      capacity: 2,
      onUndelivered: (item) => told.push(item),
    });
    const clone = receive.clone();
    await send.send(1);
    await send.send(2);
    const waiting = rejection(send.send(3));
    receive.close();
    expect(told).toEqual([]);
    clone.close();
    expect(told).toEqual([1, 2, 3]);
    expect(await waiting).toBeInstanceOf(BrokenChannelError);
    await rejection(send.send(4));
    expect(told).toEqual([1, 2, 3, 4]);
  });

  it("is told of a send that was cancelled, refused or closed on, and of no trySend", async () => {
    const told: string[] = [];
    const [send] = openChannel<string>({ onUndelivered: (item) => told.push(item) });
    await cancelScope((scope) => {
      const wait = send.send("cancelled", scope);
      scope.cancel();
      expect(told).toEqual(["cancelled"]);
      return wait;
    });
    expect(send.trySend("tried")).toBe(false);
    await rejection(send.send("too late", { signal: AbortSignal.abort() }));
    const waiting = rejection(send.send("closed on"));
    send.close();
    await waiting;
    await rejection(send.send("closed before"));
    expect(() => send.trySend("tried")).toThrow(ClosedError);
    expect(told).toEqual(["cancelled", "too late", "closed on", "closed before"]);
  });

  it("is told of everything even if it throws, and its errors come out of `close`", async () => {
    const told: number[] = [];
    const [send, receive] = openChannel<number>({
      capacity: 2,
      onUndelivered(item) {
        told.push(item);
        throw new Error(`could not release ${item}`);
      },
    });
    await send.send(1);
    await send.send(2);
    let thrown: unknown;
    try {
      receive.close();
    } catch (error) {
      thrown = error;
    }
    expect(told).toEqual([1, 2]);
    expect(failuresOf(thrown).map(String)).toEqual([
      "Error: could not release 1",
      "Error: could not release 2",
    ]);
  });

  it("fails the scope of a cancelled sender by its error, and the promise of a refused send", async () => {
    const [send, receive] = openChannel<number>({
      onUndelivered() {
        throw new Error("could not release");
      },
    });
    const outcome = cancelScope((scope) => {
      const wait = send.send(1, scope);
      scope.cancel("enough");
      return wait;
    });
    await expect(outcome).rejects.toThrow("could not release");
    receive.close();
    expect(failuresOf(await rejection(send.send(2))).map(String)).toEqual([
      expect.stringContaining("BrokenChannelError"),
      "Error: could not release",
    ]);
  });

  it("runs in the async context of `openChannel`", async () => {
    const storage = new AsyncLocalStorage<string>();
    const contexts: unknown[] = [];
    const [send, receive] = storage.run("opener", () =>
      openChannel({ capacity: 1, onUndelivered: () => contexts.push(storage.getStore()) }),
    );
    await send.send(1);
    storage.run("closer", () => receive.close());
    expect(contexts).toEqual(["opener"]);
  });
});
