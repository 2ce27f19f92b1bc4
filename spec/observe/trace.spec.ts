import { channel } from "node:diagnostics_channel";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  defaultThreadpool,
  inline,
  lifetime,
  provide,
  resolveDependencies,
  sleep,
  taskGroup,
  Threadpool,
  trace,
} from "../../lib/index.ts";
import { traceFormatProblems } from "../support/trace-format.ts";

const folder = mkdtempSync(join(tmpdir(), "skein-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
  readonly id?: number;
  readonly args: Record<string, unknown>;
}

/** Every event of a trace, once it is known that a reader of the format understands all of them. */
async function tracedEvents(body: () => Promise<unknown>): Promise<TraceEvent[]> {
  const file = join(folder, "trace.json");
  const recording = trace(file);
  await body();
  await recording.stop();
  const text = readFileSync(file, "utf8");
  expect(traceFormatProblems(JSON.parse(text))).toEqual([]);
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

/** The spans on the event loop. */
async function traced(body: () => Promise<unknown>): Promise<TraceEvent[]> {
  const events = await tracedEvents(body);
  return events.filter(({ ph, tid }) => ph === "X" && !trackName(events, tid).startsWith("worker"));
}

function trackName(events: readonly TraceEvent[], tid: number): string {
  const name = events.find((event) => event.name === "thread_name" && event.tid === tid);
  return String(name!.args["name"]);
}

function byName(events: readonly TraceEvent[], name: string): TraceEvent {
  return events.find((event) => event.name === name)!;
}

function isInside(inner: TraceEvent, outer: TraceEvent): boolean {
  return outer.ts <= inner.ts && inner.ts + inner.dur <= outer.ts + outer.dur + 1;
}

/** On every line, spans are inside of one another or apart. */
function expectWellDrawn(events: readonly TraceEvent[]): void {
  for (const a of events) {
    for (const b of events) {
      if (a === b || a.tid !== b.tid) continue;
      const apart = a.ts + a.dur <= b.ts + 1 || b.ts + b.dur <= a.ts + 1;
      expect(apart || isInside(a, b) || isInside(b, a)).toBe(true);
    }
  }
}

describe("trace", () => {
  it("refuses what is no path, at once", () => {
    for (const file of [undefined, 5, { file: "trace.json" }, AbortSignal.abort()]) {
      expect(() => trace(file as never)).toThrow("Expected `file` to be a string, got");
    }
  });

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
    expectWellDrawn(events);
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

  it("gives each worker thread a track, with an arrow to each call from where it was made", async () => {
    await using pool = new Threadpool({ maxThreads: 2 });
    const events = await tracedEvents(() =>
      taskGroup((group) => {
        for (let i = 0; i < 6; i++) {
          group.spawn((task) => pool.run(Math.max, [i], { scope: task, name: `call ${i}` }), {
            name: `task ${i}`,
          });
        }
      }),
    );
    const calls = events.filter(({ ph, name }) => ph === "X" && name.startsWith("call"));
    const inThreads = calls.filter(({ tid }) => trackName(events, tid).startsWith("worker"));
    expect(new Set(inThreads.map(({ name }) => name)).size).toBe(6);
    expect(calls).toHaveLength(12);
    expectWellDrawn(inThreads);
    for (const there of inThreads) {
      const here = calls.find(({ name, tid }) => name === there.name && tid !== there.tid)!;
      const arrow = events.filter(({ ph, name }) => /[sf]/.test(ph) && name === there.name);
      expect(arrow.map(({ ph, tid }) => [ph, tid])).toEqual([
        ["s", here.tid],
        ["f", there.tid],
      ]);
      expect(arrow.map(({ ts }) => ts)).toEqual([there.ts, there.ts]);
      expect(here.ts).toBeLessThanOrEqual(there.ts);
      expect(there.ts).toBeLessThanOrEqual(here.ts + here.dur);
    }
  });

  it("calls what has no name by what it belongs to", async () => {
    const nameless = (): (() => Promise<void>) => () => sleep(1);
    const events = await traced(async () => {
      await taskGroup((group) => void group.spawn(nameless()), { name: "crawl" });
      await taskGroup((group) => void group.spawn(nameless()));
      await taskGroup((group) => {
        group.spawn(
          (task) =>
            taskGroup(
              (inner) => {
                inner.spawn((own) =>
                  taskGroup((last) => void last.spawn(nameless()), { scope: own }),
                );
              },
              { scope: task },
            ),
          { name: "request" },
        );
      });
    });
    expect(events.map(({ name }) => name)).toEqual([
      "task of crawl",
      "a task",
      "request",
      "task of request",
      "task of request",
    ]);
  });

  it("calls the process what it was started as", async () => {
    const [first] = await tracedEvents(async () => {});
    expect(first).toMatchObject({ name: "process_name", ph: "M" });
    expect(String(first!.args["name"])).not.toMatch(/^$|[\\/]/);
  });

  it("writes a span for each provider and each teardown, below the task that resolves", async () => {
    const database = provide(
      async function* () {
        await sleep(2);
        yield "database";
        await sleep(2);
      },
      { name: "database" },
    );
    const user = provide({ database }, async () => sleep(2), { name: "user" });
    const orders = provide({ database }, async () => sleep(3), { name: "orders" });
    const report = provide(() => 42, { name: "report" });
    const events = await traced(() =>
      taskGroup((group) => {
        group.spawn(
          (task) =>
            resolveDependencies({ user, orders, report }, { scope: task }, () => sleep(1, task)),
          { name: "request" },
        );
      }),
    );
    const named = Object.fromEntries(events.map((event) => [`${event.cat} ${event.name}`, event]));
    expect(Object.keys(named).toSorted()).toEqual([
      "provider database",
      "provider orders",
      "provider report",
      "provider user",
      "task request",
      "teardown database, teardown",
      "thread report",
    ]);
    expect(named["provider database"]).toMatchObject({
      args: { path: ["user", "database"], kind: "async-generator", ended: "fulfilled" },
    });
    expect(named["teardown database, teardown"]!.args).toMatchObject({ verdict: "success" });
    for (const event of events) expect(isInside(event, named["task request"]!)).toBe(true);
    expect(isInside(named["thread report"]!, named["provider report"]!)).toBe(true);
    expect(named["provider user"]!.tid).not.toBe(named["provider orders"]!.tid);
    const { ts, dur } = named["provider database"]!;
    expect(named["provider user"]!.ts).toBeGreaterThanOrEqual(ts + dur - 1);
    expect(named["teardown database, teardown"]!.tid).toBe(named["task request"]!.tid);
    expectWellDrawn(events);
  });

  it("says how each provider ended", async () => {
    const slow = provide(async (_, { scope }) => sleep(60_000, scope), { name: "slow" });
    const broken = inline(
      () => {
        throw new Error("no");
      },
      { name: "broken" },
    );
    const events = await traced(() => resolveDependencies({ slow, broken }).catch(() => {}));
    expect(events.map(({ name, args }) => [name, args["ended"]])).toEqual([
      ["slow", "cancelled"],
      ["broken", "rejected"],
    ]);
  });

  it("writes what is made for a lifetime on its own, whoever asks for it first", async () => {
    const app = lifetime("app");
    const shared = provide.in(app)(async () => sleep(1), { name: "shared" });
    const open = app.open();
    const events = await traced(() =>
      taskGroup((group) => {
        group.spawn(
          async (task) =>
            void (await resolveDependencies({ shared }, { scope: task, within: open })),
          { name: "request" },
        );
      }),
    );
    await open.close();
    expect(byName(events, "shared").args["lifetime"]).toBe("app");
    expect(byName(events, "shared").tid).not.toBe(byName(events, "request").tid);
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
    const kinds = ["task", "provider", "thread"];
    const names = kinds.flatMap((kind) =>
      ["start", "asyncEnd"].map((step) => `tracing:skein:${kind}:${step}`),
    );
    names.push("skein:provider:teardown", "skein:thread:given");
    expect(names.filter((name) => channel(name).hasSubscribers)).toEqual([]);
    finish();
    await group;
  });
});
