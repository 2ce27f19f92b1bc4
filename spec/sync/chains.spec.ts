import { describe, expect, it } from "vitest";
import {
  cancelScope,
  CapacityLimiter,
  Condition,
  Event,
  Lock,
  openChannel,
  select,
  Semaphore,
} from "../../lib/index.ts";

const COUNT = 10_000;

const times = <T>(make: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, i) => make(i));

/** Each lets 10,000 wait, in which one who goes ahead lets the next go, and gives the order in which they went. */
const chains: Record<string, () => Promise<number[]>> = {
  async "Lock.acquire"() {
    const lock = new Lock();
    const order: number[] = [];
    const held = lock.tryAcquire()!;
    const all = times(async (i) => {
      using _ = await lock.acquire();
      order.push(i);
    });
    held.release();
    await Promise.all(all);
    return order;
  },
  async "Lock.with"() {
    const lock = new Lock();
    const order: number[] = [];
    await Promise.all(times((i) => lock.with(() => void order.push(i))));
    return order;
  },
  async "Semaphore.acquire"() {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    const all = times(async (i) => {
      using _ = await semaphore.acquire();
      order.push(i);
    });
    await Promise.all(all);
    return order;
  },
  async "CapacityLimiter.acquire"() {
    const limiter = new CapacityLimiter(0);
    const order: number[] = [];
    const all = times(async (i) => {
      using _ = await limiter.acquire();
      order.push(i);
    });
    limiter.total = 1;
    await Promise.all(all);
    return order;
  },
  async "Event.wait, one event for all"() {
    const event = new Event();
    const order: number[] = [];
    const all = times((i) => event.wait().then(() => order.push(i)));
    event.set();
    await Promise.all(all);
    return order;
  },
  async "Event.wait, each sets the next"() {
    const events = times(() => new Event());
    const order: number[] = [];
    const all = times((i) =>
      events[i]!.wait().then(() => {
        order.push(i);
        events[i + 1]?.set();
      }),
    );
    events[0]!.set();
    await Promise.all(all);
    return order;
  },
  async "Condition.wait"() {
    const condition = new Condition();
    const order: number[] = [];
    const all = times((i) =>
      condition.with(async () => {
        await condition.wait();
        order.push(i);
        condition.notify();
      }),
    );
    await condition.with(() => condition.notify());
    await Promise.all(all);
    return order;
  },
  async "Condition.wait, all at once"() {
    const condition = new Condition();
    const order: number[] = [];
    const all = times((i) =>
      condition.with(async () => {
        await condition.wait();
        order.push(i);
      }),
    );
    await condition.with(() => condition.notifyAll());
    await Promise.all(all);
    return order;
  },
  async "channels, each passes the item on"() {
    const channels = times(() => openChannel<number>());
    const order: number[] = [];
    const all = times(async (i) => {
      const item = await channels[i]![1].receive();
      order.push(item);
      await channels[i + 1]?.[0].send(item + 1);
    });
    await channels[0]![0].send(0);
    await Promise.all(all);
    return order;
  },
  async "a channel, all of whose senders wait"() {
    const [send, receive] = openChannel<number>();
    const all = times((i) => send.send(i));
    const order: number[] = [];
    for (let i = 0; i < COUNT; i++) order.push(await receive.receive());
    await Promise.all(all);
    return order;
  },
  async "select, each chosen sends to the next"() {
    const channels = times(() => openChannel<number>());
    const order: number[] = [];
    const all = times(async (i) => {
      const { value } = await select({ item: channels[i]![1] });
      order.push(value);
      channels[i + 1]?.[0].trySend(value + 1);
    });
    channels[0]![0].trySend(0);
    await Promise.all(all);
    return order;
  },
};

describe("10,000 that wait in a chain", () => {
  it.each(Object.keys(chains))("go ahead in order and without recursion: %s", async (name) => {
    expect(await chains[name]!()).toEqual(times((i) => i));
  });

  it("are cancelled at once without recursion, whatever they wait for", async () => {
    const lock = new Lock();
    const permit = lock.tryAcquire()!;
    const [send, receive] = openChannel<number>();
    const event = new Event();
    let cancelled = 0;
    const outcome = await cancelScope(async (scope) => {
      const kinds = [
        () => lock.acquire(scope),
        () => receive.receive(scope),
        () => event.wait(scope),
      ];
      const waits = times((i) => (kinds[i % 3]!() as Promise<unknown>).catch(() => cancelled++));
      scope.cancel();
      await Promise.all(waits);
    });
    expect(outcome.done).toBe(true);
    expect(cancelled).toBe(COUNT);
    permit.release();
    expect([lock.statistics().waiting, send.statistics().waitingToReceive]).toEqual([0, 0]);
  });
});
