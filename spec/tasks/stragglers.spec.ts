import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpoint, sleep, taskGroup, type TaskGroup } from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { latch, type Latch } from "../support/latch.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

interface Report {
  readonly name: string;
  readonly group: string;
  readonly site: string;
  readonly sinceMs: number;
}

describe("skein:task:straggler", () => {
  const reports: Report[] = [];
  let reported: Latch<void>;
  const listen = (message: unknown): void => {
    reports.push(message as Report);
    reported.open();
  };
  beforeEach(() => {
    reports.length = 0;
    reported = latch();
    subscribe("skein:task:straggler", listen);
  });
  afterEach(() => {
    unsubscribe("skein:task:straggler", listen);
  });

  it("reports a task that still runs some time after its cancellation, and awaits it", async () => {
    let settled = false;
    const running = withVirtualClock(() =>
      taskGroup(
        async (group) => {
          group.spawn(
            async () => {
              await reported.promise;
              await checkpoint();
              settled = true;
            },
            { name: "stubborn" },
          );
          await checkpoint();
          group.cancel("cancelled");
        },
        { stragglerMs: 30_000, name: "requests" },
      ),
    );
    expect(await rejectionOf(running)).toBe("cancelled");
    expect(settled).toBe(true);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ name: "stubborn", group: "requests", sinceMs: 30_000 });
    expect(reports[0]!.site.split("\n")[0]).toMatch(/stragglers\.spec\.ts/);
  });

  it("names the place of background() and start(), too", async () => {
    function spawnAll(group: TaskGroup): void {
      const ignore = (): Promise<void> => stopped.promise;
      group.background(ignore);
      void group.start(ignore).catch(() => {});
    }
    const stopped = latch();
    const running = taskGroup(
      async (group) => {
        spawnAll(group);
        await checkpoint();
        group.cancel();
        await reported.promise;
        stopped.open();
      },
      { stragglerMs: 0 },
    );
    await rejectionOf(running);
    for (const { site } of reports) expect(site.split("\n")[0]).toMatch(/at spawnAll /);
  });

  it("does not report a task that obeys, or was never cancelled", async () => {
    await withVirtualClock(async () => {
      await taskGroup(
        async (group) => {
          group.spawn((task) => sleep(Infinity, task));
          await group.spawn(() => sleep(60_000));
          group.finish(undefined);
        },
        { stragglerMs: 1_000 },
      );
      await sleep(3_600_000);
    });
    expect(reports).toEqual([]);
  });

  it("refuses a time that is none", () => {
    expect(thrownBy(() => taskGroup(() => {}, { stragglerMs: -1 }))).toBeInstanceOf(RangeError);
  });
});
