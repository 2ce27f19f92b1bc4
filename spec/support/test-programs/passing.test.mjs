/* oxlint-disable typescript/no-floating-promises -- the runner awaits its tests itself */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, describe, it } from "node:test";
import { failAfter, openChannel, retry, runInThreadpool, sleep, taskGroup } from "skein";
import { assertNoTasks, untilIdle, withSeed, withVirtualClock } from "skein/testing";

afterEach(() => assertNoTasks());

describe("virtual time", () => {
  it("passes at once", async () => {
    await withVirtualClock(async (clock) => {
      const start = clock.now();
      await taskGroup((group) => {
        for (const hours of [3, 1, 2]) group.spawn((task) => sleep(hours * 3_600_000, task));
      });
      assert.equal(clock.now() - start, 3 * 3_600_000);
    });
  });

  it("fires deadlines and delays of retries", async () => {
    await withVirtualClock(async () => {
      await assert.rejects(
        failAfter(60_000, (scope) => sleep(Infinity, scope)),
        { name: "TimeoutError" },
      );
      const attempts = await retry((_task, attempt) => {
        if (attempt < 2) throw new Error("not yet");
        return attempt;
      });
      assert.equal(attempts, 2);
    });
  });

  it("waits for files and threads", async () => {
    await withVirtualClock(async (clock) => {
      const start = clock.now();
      await readFile(import.meta.filename);
      await runInThreadpool(() => 1);
      assert.equal(clock.now(), start);
    });
  });

  it("leaves the timers of the runner alone", { timeout: 50_000 }, async () => {
    await withVirtualClock(() => sleep(3_600_000));
  });
});

describe("interleavings", () => {
  const run = (seed) =>
    withSeed(seed, () =>
      withVirtualClock(async () => {
        const order = [];
        const [send, receive] = openChannel();
        await taskGroup((group) => {
          for (let i = 0; i < 4; i++) {
            group.spawn((task) => sleep(10, task).then(() => send.send(i, task)));
          }
          group.spawn(async (task) => {
            while (order.length < 4) order.push(await receive.receive(task));
          });
        });
        return order.join();
      }),
    );

  it("repeat with their seed", async () => {
    for (let seed = 0; seed < 5; seed++) assert.equal(await run(seed), await run(seed));
  });

  it("differ from seed to seed", async () => {
    const orders = new Set();
    for (let seed = 0; seed < 20; seed++) orders.add(await run(seed));
    assert.ok(orders.size > 5);
  });
});

it("waits until everything is idle", async () => {
  const log = [];
  await taskGroup(async (group) => {
    group.spawn(async () => {
      log.push((await readFile(import.meta.filename)).length > 0);
    });
    await untilIdle();
    assert.deepEqual(log, [true]);
  });
});
