import { mock } from "node:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  checkpoint,
  failAfter,
  moveOnAfter,
  openChannel,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";

/** Ways to fake time, each as its own tests would. */
interface Faker {
  install(): void;
  uninstall(): void;
  tick(ms: number): Promise<void>;
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await checkpoint();
};

const vitestFaking = (...toFake: ("setTimeout" | "clearTimeout" | "performance")[]): Faker => ({
  install: () => void vi.useFakeTimers(toFake.length === 0 ? {} : { toFake }),
  uninstall: () => void vi.useRealTimers(),
  tick: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
});

const fakers: Readonly<Record<string, Faker>> = {
  "vitest (fake-timers, as jest and sinon)": vitestFaking(),
  "setTimeout and performance of vitest": vitestFaking("setTimeout", "clearTimeout", "performance"),
  "setTimeout of vitest without performance": vitestFaking("setTimeout", "clearTimeout"),
  "mock.timers of node:test, which has no performance": {
    install: () => mock.timers.enable({ apis: ["setTimeout"] }),
    uninstall: () => mock.timers.reset(),
    async tick(ms) {
      mock.timers.tick(ms);
      await turns();
    },
  },
};

const SHORT = 30;
const HOUR = 3_600_000;

describe.each(Object.entries(fakers))("under %s", (_, faker) => {
  afterEach(() => {
    vi.useRealTimers();
    mock.timers.reset();
  });

  it("sleeps and deadlines follow the fake", async () => {
    faker.install();
    const log: string[] = [];
    const slept = sleep(HOUR).then(() => log.push("slept"));
    const failed = failAfter(2 * HOUR, (scope) => sleep(Infinity, scope)).catch((error) =>
      log.push(error.name),
    );
    await turns();
    await faker.tick(HOUR / 2);
    expect(log).toEqual([]);
    await faker.tick(HOUR / 2 + 1);
    expect(log).toEqual(["slept"]);
    await faker.tick(HOUR + 1);
    expect(log).toEqual(["slept", "TimeoutError"]);
    faker.uninstall();
    await Promise.all([slept, failed]);
  });

  it("takes one step of time after another", async () => {
    faker.install();
    let steps = 0;
    const running = moveOnAfter(5.5 * HOUR, async (scope) => {
      for (;;) {
        await sleep(HOUR, scope);
        steps++;
      }
    });
    for (let i = 0; i < 7; i++) {
      await turns();
      await faker.tick(HOUR + 1);
    }
    expect(await running).toMatchObject({ done: false });
    expect(steps).toBe(5);
    faker.uninstall();
  });

  it("a deadline that is over leaves no dead clock behind", async () => {
    faker.install();
    await failAfter(1_000, async () => 1);
    faker.uninstall();
    await sleep(SHORT);
    expect(await moveOnAfter(SHORT, (scope) => sleep(Infinity, scope))).toMatchObject({
      done: false,
    });
  });

  it("what is pending goes on in real time once it is real again, with nobody else to wake the clock", async () => {
    faker.install();
    const running = sleep(SHORT);
    faker.uninstall();
    expect(await running).toBe(undefined);
  });

  it("what is pending in real time is not lost", async () => {
    const short = sleep(SHORT);
    faker.install();
    const long = sleep(HOUR);
    await faker.tick(HOUR + 1);
    // A timer that a fake's timer sets may count from the end of the tick.
    await faker.tick(HOUR + 1);
    await Promise.all([short, long]);
    faker.uninstall();
    const again = sleep(SHORT);
    faker.install();
    faker.uninstall();
    expect(await again).toBe(undefined);
  });

  it("turns of the event loop are no time", async () => {
    faker.install();
    await checkpoint();
    await taskGroup(async (group) => {
      const [send, receive] = openChannel<number>({ capacity: 1 });
      group.spawn(async () => {
        for (let i = 0; i < 5_000; i++) await send.send(i);
        send.close();
      });
      let count = 0;
      for await (const _item of receive) count++;
      expect(count).toBe(5_000);
    });
    faker.uninstall();
  });
});

describe("faked timers", () => {
  afterEach(() => vi.useRealTimers());

  it("that a test clears do not stop what comes after", async () => {
    vi.useFakeTimers();
    await failAfter(10, async () => 1);
    const pending = sleep(500);
    vi.clearAllTimers();
    const slept = sleep(1_000);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await Promise.all([pending, slept])).toEqual([undefined, undefined]);
  });

  it("give way to the virtual clock, and come back", async () => {
    vi.useFakeTimers();
    const before = sleep(1_000);
    await withVirtualClock(() => sleep(HOUR));
    const after = sleep(1_000);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await Promise.all([before, after])).toEqual([undefined, undefined]);
  });

  it("leave what was asked of performance.now() alone where it alone is faked", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    await sleep(SHORT);
    vi.useRealTimers();
    expect(await sleep(SHORT)).toBe(undefined);
  });

  it("may be put in place and taken away again and again", async () => {
    for (let i = 0; i < 20; i++) {
      vi.useFakeTimers();
      void failAfter(HOUR, async () => i);
      vi.useRealTimers();
      expect(await sleep(1)).toBe(undefined);
    }
  });
});

describe("a function that only wraps setTimeout", () => {
  it("is no fake: a sleep never ends early through it", async () => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((call: () => void, ms: number) =>
      setTimeout(call, Math.max(1, ms / 4))) as typeof setTimeout;
    try {
      const start = performance.now();
      await sleep(SHORT);
      expect(performance.now() - start).toBeGreaterThanOrEqual(SHORT);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });
});

it("has one of the faked timers for all that is pending", async () => {
  vi.useFakeTimers();
  try {
    const slept = Promise.all([sleep(3 * HOUR), sleep(2 * HOUR), sleep(HOUR)]);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(3 * HOUR + 1);
    await slept;
  } finally {
    vi.useRealTimers();
  }
});
