import { channel } from "node:diagnostics_channel";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defaultThreadpool, sleep, taskGroup, trace } from "../../lib/index.ts";

const folder = mkdtempSync(join(tmpdir(), "skein-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
  readonly args: Record<string, unknown>;
}

async function traced(body: () => Promise<unknown>): Promise<TraceEvent[]> {
  const file = join(folder, "trace.json");
  const recording = trace(file);
  await body();
  await recording.stop();
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: TraceEvent[] };
  return traceEvents.filter(({ ph }) => ph === "X");
}

function byName(events: readonly TraceEvent[], name: string): TraceEvent {
  return events.find((event) => event.name === name)!;
}

function isInside(inner: TraceEvent, outer: TraceEvent): boolean {
  return outer.ts <= inner.ts && inner.ts + inner.dur <= outer.ts + outer.dur + 1;
}

describe("trace", () => {
  it("writes a span for each task, children inside of the task that they run in", async () => {
    const events = await traced(() =>
      taskGroup(
        (group) => {
          group.spawn(
            (task) =>
              taskGroup(
                (inner) => {
                  inner.spawn((own) => sleep(2, own), { name: "child" });
                  inner.spawn((own) => sleep(1, own), { name: "sibling" });
                },
                { scope: task },
              ),
            { name: "parent" },
          );
        },
        { name: "g" },
      ),
    );
    const [parent, child, sibling] = ["parent", "child", "sibling"].map((name) =>
      byName(events, name),
    ) as [TraceEvent, TraceEvent, TraceEvent];
    expect(parent).toMatchObject({ cat: "task", args: { group: "g", ended: "fulfilled" } });
    expect(isInside(child, parent)).toBe(true);
    expect(isInside(sibling, parent)).toBe(true);
    expect(child.tid).toBe(parent.tid);
    expect(sibling.tid).not.toBe(child.tid);
  });

  it("keeps the spans of each line inside of one another or apart", async () => {
    const events = await traced(() =>
      taskGroup((group) => {
        for (let i = 0; i < 8; i++) {
          group.spawn((task) =>
            taskGroup(
              (inner) => {
                for (let j = 0; j < 4; j++) inner.spawn((own) => sleep((i * j) % 5, own));
              },
              { scope: task },
            ),
          );
        }
      }),
    );
    expect(events).toHaveLength(40);
    for (const a of events) {
      for (const b of events) {
        if (a === b || a.tid !== b.tid) continue;
        const apart = a.ts + a.dur <= b.ts + 1 || b.ts + b.dur <= a.ts + 1;
        expect(apart || isInside(a, b) || isInside(b, a)).toBe(true);
      }
    }
  });

  it("writes a span for each call in a worker thread, below its task", async () => {
    const events = await traced(() =>
      taskGroup((group) => {
        group.spawn(
          (task) =>
            defaultThreadpool().run(
              function work() {
                return 1;
              },
              [],
              { scope: task },
            ),
          { name: "task" },
        );
      }),
    );
    const call = byName(events, "work");
    expect(call).toMatchObject({ cat: "thread", args: { ended: "settled" } });
    expect(isInside(call, byName(events, "task"))).toBe(true);
  });

  it("writes what still runs when it is stopped, and then listens no more", async () => {
    let finish = (): void => {};
    let group: Promise<unknown> | undefined;
    const events = await traced(async () => {
      group = taskGroup((own) => {
        own.spawn(() => new Promise<void>((resolve) => (finish = resolve)), { name: "open" });
      });
      await sleep(1);
    });
    expect(byName(events, "open").args["ended"]).toBe("still running");
    const names = ["task:spawn", "task:settle", "thread:offload", "thread:settle"];
    expect(names.filter((name) => channel(`skein:${name}`).hasSubscribers)).toEqual([]);
    finish();
    await group;
  });
});
