import { describe, expect, it } from "vitest";
import { cancelScope, failAfter, shield, taskGroup } from "../../lib/ambient.ts";
import {
  CapacityLimiter,
  Condition,
  Event,
  invoke,
  iterateInThreadpool,
  Lock,
  openChannel,
  runInThreadpool,
  select,
  Semaphore,
  threaded,
  Threadpool,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const full = (): CapacityLimiter => {
  const limiter = new CapacityLimiter(1);
  limiter.tryAcquire();
  return limiter;
};
const held = (): Lock => {
  const lock = new Lock();
  lock.tryAcquire();
  return lock;
};
const empty = (): Semaphore => {
  const semaphore = new Semaphore(1);
  semaphore.tryAcquire();
  return semaphore;
};
const spin = (): void => {
  for (;;);
};
function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}
const declared = threaded(import.meta, spin);

/** Everything of `skein` that can wait and is no function of `skein/ambient`, and waits for ever. */
const waits: Readonly<Record<string, () => Promise<unknown>>> = {
  "receive.receive": () => openChannel()[1].receive(),
  "for await (receive)": async () => {
    const [, receive] = openChannel();
    for await (const _item of receive);
  },
  "receive.values": () => openChannel()[1].values().next(),
  "send.send": () => openChannel()[0].send(1),
  select: () => select({ item: openChannel()[1], event: new Event() }),
  "limiter.acquire": () => full().acquire(),
  "limiter.with": () => full().with(() => 1),
  "limiter.wrap": () => full().wrap(() => 1)(),
  "semaphore.acquire": () => empty().acquire(),
  "semaphore.with": () => empty().with(() => 1),
  "lock.acquire": () => held().acquire(),
  "lock.with": () => held().with(() => 1),
  "event.wait": () => new Event().wait(),
  "condition.wait": () => {
    const condition = new Condition();
    return condition.with(() => condition.wait());
  },
};

const threads: Readonly<Record<string, (pool: Threadpool) => Promise<unknown>>> = {
  "pool.run": (pool) => pool.run(spin, []),
  "pool.run with a signal of its own": (pool) =>
    pool.run(spin, [], { signal: new AbortController().signal }),
  "pool.run with a time of its own": (pool) => pool.run(spin, [], { timeoutMs: 3_600_000 }),
  "pool.iterate": async (pool) => {
    for await (const _item of pool.iterate(endless, []));
  },
  runInThreadpool: () => runInThreadpool(spin),
  iterateInThreadpool: async () => {
    for await (const _item of iterateInThreadpool(endless));
  },
  invoke: () => invoke(spin),
  "a threaded function": () => declared(),
};

describe.each(Object.entries(waits))("%s", (_, wait) => {
  it("is cancelled with the current scope, and at once if that is cancelled already", async () => {
    const interrupted = await cancelScope(async (scope) => {
      const waiting = wait();
      setTimeout(() => scope.cancel("reason"), 1);
      await waiting;
    });
    expect(interrupted).toEqual({ done: false, reason: "reason" });
    const before = await cancelScope(async (scope) => {
      scope.cancel("before");
      await wait();
    });
    expect(before).toEqual({ done: false, reason: "before" });
  });

  it("goes on below a shield, up to the shield's own end", async () => {
    await cancelScope(async (scope) => {
      scope.cancel();
      const shielded = shield(() => wait(), { scope, timeoutMs: 1 });
      expect(await rejectionOf(shielded)).toMatchObject({ name: "TimeoutError" });
    });
  });
});

describe.each(Object.entries(threads))("%s", (_, wait) => {
  it("is cancelled with the current scope", async () => {
    const pool = new Threadpool({ maxThreads: 1 });
    const error = await rejectionOf(failAfter(50, () => wait(pool)));
    expect(error).toMatchObject({ name: "TimeoutError" });
    await pool.close();
  });
});

describe("a method below an ambient scope", () => {
  it("waits under the scope that it is given instead, and under none without a signal", async () => {
    const event = new Event();
    const controller = new AbortController();
    await cancelScope(async (scope) => {
      scope.cancel("current");
      const named = event.wait(controller);
      const none = event.wait({ signal: undefined });
      controller.abort("named");
      expect(await rejectionOf(named)).toBe("named");
      event.set();
      expect(await none).toBe(undefined);
    });
  });

  it("has what it waits for in spite of a cancellation that comes later", async () => {
    const [send, receive] = openChannel<number>();
    const outcome = await cancelScope(async (scope) => {
      const received = receive.receive();
      send.trySend(1);
      scope.cancel();
      return received;
    });
    expect(outcome).toEqual({ done: true, value: 1 });
  });

  it("does not stop a task that always starts from getting its permit", async () => {
    const limiter = new CapacityLimiter(1);
    const permit = limiter.tryAcquire()!;
    let ran = false;
    const running = taskGroup(
      async (group) => {
        group.spawn(() => (ran = true), { start: "always" });
        await Promise.resolve();
        group.cancel("own");
        setTimeout(() => permit.release(), 1);
      },
      { concurrency: limiter },
    );
    expect(await rejectionOf(running)).toBe("own");
    expect(ran).toBe(true);
  });
});
