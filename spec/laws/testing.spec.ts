import { open } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moveOnAfter, sleep, taskGroup, type ScopeLike } from "../../lib/index.ts";
import { schedules } from "../../lib/testing/fast-check.ts";
import { type Schedule, withSeed, withVirtualClock } from "../../lib/testing.ts";

/** Something that takes time: virtual, or, for I/O, real. */
type Program =
  | { readonly kind: "sleep"; readonly ms: number; readonly label: string }
  | { readonly kind: "io"; readonly label: string }
  | { readonly kind: "sequence" | "parallel"; readonly parts: readonly Program[] }
  | { readonly kind: "limit"; readonly ms: number; readonly body: Program };

/** What has happened, and when. */
type Entry = readonly [label: string, at: number];

const ms = fc.nat(9);
const { program } = fc.letrec<{ program: Program }>((tie) => {
  const label = fc.stringMatching(/^[a-z]{3}$/);
  const parts = fc.array(tie("program"), { maxLength: 4 });
  return {
    program: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({ kind: fc.constant("sleep" as const), ms, label }),
      fc.record({ kind: fc.constant("io" as const), label }),
      fc.record({ kind: fc.constant("sequence" as const), parts }),
      fc.record({ kind: fc.constant("parallel" as const), parts }),
      fc.record({ kind: fc.constant("limit" as const), ms, body: tie("program") }),
    ),
  };
});

/** What a program comes to by arithmetic alone: when it ends, with all that happens before `limit`. */
function foreseen(what: Program, start: number, limit: number, log: Entry[]): number {
  if (start >= limit) return limit;
  const note = (label: string, at: number): number => {
    if (at < limit) log.push([label, at]);
    return Math.min(at, limit);
  };
  switch (what.kind) {
    case "sleep":
      return note(what.label, start + what.ms);
    case "io":
      return note(what.label, start);
    case "sequence":
      return what.parts.reduce((at, part) => foreseen(part, at, limit, log), start);
    case "parallel":
      return Math.max(start, ...what.parts.map((part) => foreseen(part, start, limit, log)));
    case "limit":
      return foreseen(what.body, start, Math.min(limit, start + what.ms), log);
  }
}

const buffer = new Uint8Array(4_000_000);

/** So much that it takes longer than the turns in which the clock looks whether anything is under way. */
async function readALot(): Promise<void> {
  const file = await open(process.execPath);
  await file.read(buffer);
  await file.close();
}

async function run(what: Program, within: ScopeLike, note: (label: string) => void): Promise<void> {
  switch (what.kind) {
    case "sleep":
      await sleep(what.ms, within);
      note(what.label);
      break;
    case "io":
      await readALot();
      note(what.label);
      break;
    case "sequence":
      for (const part of what.parts) await run(part, within, note);
      break;
    case "parallel":
      await taskGroup(
        (group) => {
          for (const part of what.parts) group.spawn((task) => run(part, task, note));
        },
        { scope: within },
      );
      break;
    case "limit":
      await moveOnAfter(what.ms, (scope) => run(what.body, scope, note), { scope: within });
  }
}

interface Run {
  readonly log: readonly Entry[];
  readonly end: number;
}

function inVirtualTime(what: Program): Promise<Run> {
  return withVirtualClock((clock) =>
    taskGroup(async (group) => {
      const start = clock.now();
      const log: Entry[] = [];
      await run(what, group, (label) => log.push([label, Math.round(clock.now() - start)]));
      return { log, end: Math.round(clock.now() - start) };
    }),
  );
}

function foreseenRun(what: Program): Run {
  const log: Entry[] = [];
  return { end: foreseen(what, 0, Infinity, log), log };
}

/** In the order of time; what happens at one time in the order of labels. */
const sorted = (log: readonly Entry[]): Entry[] =>
  log.toSorted((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));

const times = (log: readonly Entry[]): number[] => log.map(([, at]) => at);

describe("withVirtualClock", () => {
  it("lets everything happen at the time that arithmetic foresees, and skips no I/O", async () => {
    const property = fc.asyncProperty(program, async (what) => {
      const { log, end } = await inVirtualTime(what);
      const expected = foreseenRun(what);
      expect(sorted(log)).toEqual(sorted(expected.log));
      expect(end).toBe(expected.end);
      expect(times(log)).toEqual(times(sorted(log)));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it("wakes those who sleep, and calls timers of the host, in the order of their times", async () => {
    const sleeper = fc.record({ ms: fc.nat(1_000), host: fc.boolean() });
    const property = fc.asyncProperty(fc.array(sleeper), async (sleepers) => {
      const woken: number[] = [];
      await withVirtualClock(() =>
        taskGroup((group) => {
          for (const each of sleepers) {
            group.spawn(async (task) => {
              if (each.host) await new Promise((resolve) => setTimeout(resolve, each.ms));
              else await sleep(each.ms, task);
              // The host knows no time below 1.
              woken.push(Math.max(1, each.ms));
            });
          }
        }),
      );
      expect(woken).toEqual(sleepers.map((each) => Math.max(1, each.ms)).toSorted((a, b) => a - b));
    });
    await fc.assert(property, { numRuns: 50 });
  });
});

describe("withSeed", () => {
  it("moves nothing in time if nobody may be late, and gives the same run for the same seed", async () => {
    const property = fc.asyncProperty(fc.integer(), program, async (seed, what) => {
      const withoutIo = JSON.parse(
        JSON.stringify(what).replaceAll('"kind":"io"', '"kind":"sleep","ms":0'),
      ) as Program;
      const once = (): Promise<Run> =>
        withSeed(seed, () => inVirtualTime(withoutIo), { lateMs: 0 });
      const { log, end } = await once();
      const expected = foreseenRun(withoutIo);
      expect(sorted(log)).toEqual(sorted(expected.log));
      expect(end).toBe(expected.end);
      expect(await once()).toEqual({ log, end });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it("reaches every order of what is ready at one time", async () => {
    for (const count of [2, 3, 4]) {
      const orders = new Set<string>();
      const all = [0, 1, 2, 6, 24][count]!;
      for (let seed = 0; seed < 500 && orders.size < all; seed++) {
        orders.add(await withSeed(seed, () => orderOf(count)));
      }
      expect(orders.size).toBe(all);
    }
  });
});

/** The order in which tasks that wait for the same go on. */
async function orderOf(count: number): Promise<string> {
  const order: number[] = [];
  await taskGroup((group) => {
    for (let i = 0; i < count; i++) {
      group.spawn((task) => sleep(0, task).then(() => order.push(i)));
    }
  });
  return order.join("");
}

describe("schedules", () => {
  it("shrink to a schedule that fails again and ends with a step that counts", async () => {
    const order = (schedule: Schedule): Promise<string> => withSeed(schedule, () => orderOf(3));
    const forbidden = fc.constantFrom("021", "102", "120", "201", "210");
    const law = fc.asyncProperty(forbidden, fc.integer(), async (bad, seed) => {
      const property = fc.asyncProperty(
        schedules({ maxLength: 20 }),
        async (schedule) => (await order(schedule)) !== bad,
      );
      const found = await fc.check(property, { seed, numRuns: 500 });
      const [schedule] = found.counterexample!;
      expect(await order(schedule)).toBe(bad);
      expect(schedule.at(-1)).toBeGreaterThan(0);
      expect(await order(schedule.slice(0, -1))).not.toBe(bad);
    });
    await fc.assert(law, { numRuns: 10 });
  });

  it("give the usual order when they are empty, and one of three as long as is asked for", () => {
    const lengths = fc.sample(schedules({ maxLength: 3 }), { numRuns: 200, seed: 1 });
    expect(Math.max(...lengths.map(({ length }) => length))).toBe(3);
    expect(Math.min(...lengths.map(({ length }) => length))).toBe(0);
  });
});
