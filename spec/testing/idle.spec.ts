import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { checkpoint, openTaskGroup, recordSpawnSites, sleep, taskGroup } from "../../lib/index.ts";
import { assertNoTasks, untilIdle, withVirtualClock } from "../../lib/testing.ts";

const hour = 3_600_000;

describe("untilIdle", () => {
  it("waits for all that can happen without time passing", async () => {
    const done: string[] = [];
    await taskGroup(async (group) => {
      group.spawn(async (task) => {
        await readFile(new URL(import.meta.url));
        for (let i = 0; i < 20; i++) await checkpoint(task);
        done.push("work");
        await sleep(hour, task);
        done.push("never");
      });
      await untilIdle();
      expect(done).toEqual(["work"]);
      group.finish(undefined);
    });
  });

  it("comes before a virtual clock jumps", async () => {
    await withVirtualClock(async (clock) => {
      const start = clock.now();
      let awake = false;
      const sleeping = sleep(hour).then(() => (awake = true));
      await untilIdle();
      expect([awake, clock.now() - start]).toEqual([false, 0]);
      await sleeping;
    });
  });
});

describe("assertNoTasks", () => {
  it("accepts that everything has ended", async () => {
    await taskGroup((group) => void group.spawn(() => {}));
    expect(() => assertNoTasks()).not.toThrow();
  });

  it("names what still runs", async () => {
    await taskGroup(
      async (group) => {
        group.spawn((task) => sleep(hour, task), { name: "forgotten" });
        expect(() => assertNoTasks()).toThrow(/group "mine"\n +task "forgotten": pending/);
        group.finish(undefined);
      },
      { name: "mine" },
    );
    assertNoTasks();
  });

  it("names groups that were opened and never joined, and where that was", async () => {
    const recording = recordSpawnSites();
    const group = openTaskGroup({ name: "forgotten" });
    recording[Symbol.dispose]();
    expect(() => assertNoTasks()).toThrow(
      /group "forgotten", not joined, at .*idle\.spec\.ts:\d+:\d+.*\nOne group was opened by `openTaskGroup` and not joined/,
    );
    const parent = openTaskGroup();
    parent.spawn((task) => {
      openTaskGroup({ scope: task, name: "deep" });
      return sleep(1, task);
    });
    await sleep(0);
    expect(() => assertNoTasks()).toThrow(/group "deep", not joined[^]*\n3 groups were opened/);
    await group.join();
    await parent[Symbol.asyncDispose]();
    expect(() => assertNoTasks()).not.toThrow();
  });
});
