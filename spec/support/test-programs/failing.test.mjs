/* oxlint-disable typescript/no-floating-promises -- the runner awaits its tests itself */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { openTaskGroup, sleep, taskGroup } from "skein";
import { assertNoTasks, withSeed, withVirtualClock } from "skein/testing";

describe("a task that is left", () => {
  let group;
  afterEach(async () => {
    try {
      assertNoTasks();
    } finally {
      await group[Symbol.asyncDispose]();
    }
  });

  it("fails the test, and is named", () => {
    group = openTaskGroup({ name: "server" });
    group.spawn((task) => sleep(Infinity, task), { name: "heartbeat" });
  });
});

it("a fault that only some orders show fails with its seed", async () => {
  for (let seed = 0; seed < 20; seed++) {
    let balance = 10;
    const withdraw = async (task) => {
      await sleep(1, task);
      if (balance < 10) return;
      await sleep(0, task);
      balance -= 10;
    };
    await withSeed(seed, () =>
      withVirtualClock(() =>
        taskGroup((group) => {
          group.spawn(withdraw);
          group.spawn(withdraw);
        }),
      ),
    );
    assert.equal(balance, 0, `seed ${seed}: ${balance}`);
  }
});

it("an assertion in virtual time fails the test, and puts real time back", async () => {
  const real = globalThis.setTimeout;
  await withVirtualClock(async (clock) => {
    await sleep(1_000);
    assert.equal(clock.now(), -1, "in virtual time");
  }).finally(() => assert.equal(globalThis.setTimeout, real, "real time is back"));
});

describe("two clocks at a time", { concurrency: true }, () => {
  it("the first has it", () => withVirtualClock(() => sleep(3_600_000)));
  it("the second is refused", () => withVirtualClock(() => sleep(3_600_000)));
});
