import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import * as real from "../../lib/index.ts";
import {
  type CancelScope,
  type EndOfChannelError,
  moveOnAfter,
  sleep,
  taskGroup,
  type TaskScope,
} from "../../lib/index.ts";
import { explore, ExplorationError, withSeed } from "../../lib/testing.ts";
import { type Fault, type Primitives, withFault } from "../support/faulty.ts";

type Scenario = (primitives: Primitives) => Promise<void>;

/** Runs tasks side by side, each with its number for a name. */
async function together(...tasks: ((task: TaskScope) => unknown)[]): Promise<void> {
  await taskGroup((group) => {
    for (const [index, task] of tasks.entries()) group.spawn(task, { name: String(index + 1) });
  });
}

/** Counts who is inside, and complains when they are too many. */
class Room {
  inside = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  async stay(task: CancelScope): Promise<void> {
    assert(++this.inside <= this.#most, `${this.inside} are inside`);
    try {
      await sleep(1, task);
    } finally {
      this.inside--;
    }
  }
}

const scenarios: Readonly<Record<string, Scenario>> = {
  async semaphore({ Semaphore }) {
    const semaphore = new Semaphore(1);
    const room = new Room(1);
    const visit = async (task: CancelScope): Promise<void> => {
      const permit = await semaphore.acquire(task);
      try {
        await room.stay(task);
      } finally {
        permit.release();
      }
    };
    await together(visit, visit, (task) => moveOnAfter(1, visit, { scope: task }));
    expect(semaphore.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
  },

  async limiter({ CapacityLimiter }) {
    const limiter = new CapacityLimiter(2);
    const wide = new Room(2);
    let narrowed = false;
    await together(
      (task) => limiter.with(() => wide.stay(task), task),
      (task) => limiter.with(() => wide.stay(task), task),
      async (task) => {
        await sleep(0, task);
        limiter.total = 1;
        narrowed = true;
      },
      (task) =>
        limiter.with(() => {
          assert(
            !narrowed || limiter.statistics().used <= 1,
            "more than one after it was narrowed",
          );
        }, task),
    );
    expect(limiter.statistics()).toEqual({ total: 1, used: 0, waiting: 0 });
  },

  async lock({ Lock }) {
    const lock = new Lock();
    const room = new Room(1);
    const visit = (task: CancelScope): Promise<void> => lock.with(() => room.stay(task), task);
    await together(visit, visit, async (task) => {
      await moveOnAfter(1, visit, { scope: task });
      const permit = await lock.acquire(task);
      permit.release();
    });
    expect(lock.statistics()).toEqual({ locked: false, waiting: 0 });
  },

  async condition({ Condition }) {
    const changed = new Condition();
    const room = new Room(1);
    let items = 0;
    await together(
      (task) =>
        changed.with(async (held) => {
          while (items === 0) await changed.wait(held);
          items--;
          await room.stay(task);
        }, task),
      (task) =>
        changed.with(async () => {
          await room.stay(task);
          items++;
          changed.notify();
          await room.stay(task);
        }, task),
    );
    expect(items).toBe(0);
    expect(changed.statistics()).toEqual({ locked: false, waiting: 0 });
  },

  async channel({ openChannel }) {
    const [send, receive] = openChannel<number>({ capacity: 1 });
    const got: number[] = [];
    const other = send.clone();
    const put = async (end: typeof send, task: TaskScope, value: number): Promise<void> => {
      await end.send(value, task);
      const { buffered, capacity } = receive.statistics();
      assert(buffered <= capacity, `${buffered} items in a buffer of ${capacity}`);
      end.close();
    };
    await together(
      (task) => put(send, task, 1),
      (task) => put(other, task, 2),
      async (task) => {
        try {
          for (;;) got.push(await receive.receive(task));
        } catch (error) {
          expect((error as EndOfChannelError).code).toBe("ERR_SKEIN_END_OF_CHANNEL");
        }
      },
    );
    expect(new Set(got)).toEqual(new Set([1, 2]));
    expect(got).toHaveLength(2);
  },
};

const faults: readonly (Fault & { readonly name: string; readonly scenario: string })[] = [
  {
    name: "a permit that was handed on counts as free, too",
    scenario: "semaphore",
    file: "sync/semaphore.ts",
    from: "wait.grant(this);\n      return;",
    to: "wait.grant(this);",
  },
  {
    name: "the last in line is forgotten",
    scenario: "semaphore",
    file: "sync/semaphore.ts",
    from: "const wait = this.#waiting.shift();",
    to: "const wait = this.#waiting.size === 1 ? null : this.#waiting.shift();",
  },
  {
    name: "a permit is handed on although there are too many",
    scenario: "limiter",
    file: "sync/capacity-limiter.ts",
    from: "this.#used > this.#total ? null : this.#waiting.shift()",
    to: "this.#waiting.shift()",
  },
  {
    name: "a permit that comes back late is lost",
    scenario: "limiter",
    file: "sync/capacity-limiter.ts",
    from: "if (wait === null) this.#used--;",
    to: "if (wait === null) this.#used -= this.#used > this.#total ? 0 : 1;",
  },
  {
    name: "one who comes at a bad time goes in as well",
    scenario: "lock",
    file: "sync/lock-state.ts",
    from: "if (this.hold !== null) return this.#wait(hold, HoldWait, scope);",
    to: "if (this.hold !== null && this.waiting.size === 0) return this.#wait(hold, HoldWait, scope);",
  },
  {
    name: "nobody is let in when somebody else has just gone in",
    scenario: "lock",
    file: "sync/lock-state.ts",
    from: "if (this.state.hold === this) this.state.passOn();",
    to: "if (this.state.hold === this && this.state.waiting.size !== 2) this.state.passOn();",
  },
  {
    name: "a wait is over outside of the lock",
    scenario: "condition",
    file: "sync/condition.ts",
    from: "    await notice.goBack();\n",
    to: "",
  },
  {
    name: "a notice is not given while somebody waits for the lock",
    scenario: "condition",
    file: "sync/condition.ts",
    from: "const notice = this.#waiting.shift();",
    to: "const notice = this.#state.waiting.size === 0 ? null : this.#waiting.shift();",
  },
  {
    name: "the buffer takes one more",
    scenario: "channel",
    file: "channels/channel.ts",
    from: "if (this.buffer.size >= this.capacity) return false;",
    to: "if (this.buffer.size > this.capacity) return false;",
  },
  {
    name: "one who waits for an item is not told of the end",
    scenario: "channel",
    file: "channels/channel.ts",
    from: "        wait.finish(error);\n",
    to: "",
  },
  {
    name: "what waits for room is lost",
    scenario: "channel",
    file: "channels/channel.ts",
    from: "      this.buffer.push(sender.value);\n",
    to: "",
  },
];

describe("explore", () => {
  it.each(Object.keys(scenarios))("finds nothing wrong with what we make: %s", async (name) => {
    const explored = await explore(() => scenarios[name]!(real), { maxRuns: 1_500 });
    expect(explored.preemptions).toBeGreaterThan(0);
  });

  it.each(faults)("finds a fault that was planted: $name", async ({ scenario, ...fault }) => {
    const primitives = withFault(fault);
    const body = (): Promise<void> => scenarios[scenario]!(primitives);
    const error: unknown = await explore(body).catch((reason: unknown) => reason);
    assert(error instanceof ExplorationError, `${scenario} does not show it`);
    const again: unknown = await withSeed(error.schedule, body).catch((reason: unknown) => reason);
    expect((again as Error).name).toBe((error.cause as Error).name);
  });
});
