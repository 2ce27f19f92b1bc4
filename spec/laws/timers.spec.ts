import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTaskGroup, sleep, type Task } from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { ManualClock } from "../support/manual-clock.ts";

/** Lets everything that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Sleeper {
  readonly due: number;
  readonly task: Task<void>;
  over: boolean;
}

const plans = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("sleep" as const), ms: fc.nat(20) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant("cancel" as const), nth: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(12) }) },
  ),
  { minLength: 20, maxLength: 120, size: "max" },
);

describe("sleepers", () => {
  it("wake in the order of their times, then of their calls, whoever else was cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        using clock = new ManualClock();
        const group = openTaskGroup();
        const sleepers: Sleeper[] = [];
        const woken: number[] = [];
        const expected: number[] = [];
        let idleAndArmed = false;
        const pass = async (ms: number): Promise<void> => {
          const until = clock.now() + ms;
          const due = sleepers
            .map((sleeper, i) => ({ sleeper, i }))
            .filter(({ sleeper }) => !sleeper.over && sleeper.due <= until)
            .toSorted((a, b) => a.sleeper.due - b.sleeper.due || a.i - b.i);
          for (const { sleeper, i } of due) {
            sleeper.over = true;
            expected.push(i);
          }
          clock.advance(ms);
          await settle();
        };
        for (const step of plan) {
          if (step.do === "sleep") {
            const i = sleepers.length;
            const task = group.spawn(async (scope) => {
              await sleep(step.ms, scope);
              woken.push(i);
            });
            sleepers.push({ due: clock.now() + step.ms, task, over: false });
            await settle();
          } else if (step.do === "cancel") {
            const asleep = sleepers.filter(({ over }) => !over);
            const chosen = asleep[step.nth % asleep.length];
            if (chosen === undefined) continue;
            chosen.over = true;
            chosen.task.cancel();
          } else {
            await pass(step.ms);
          }
          idleAndArmed ||= clock.armed && sleepers.every(({ over }) => over);
        }
        await pass(20);
        await group.join();
        expect(woken).toEqual(expected);
        expect(idleAndArmed).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe("timers of the virtual clock", () => {
  it("fire in the order of their times, also those that were refreshed or cleared before", async () => {
    // No two times are equal, for sums of fractions do not tell.
    const timer = fc.integer({ min: 1, max: 30 });
    const touch = fc.record({
      nth: fc.nat(),
      at: fc.integer({ min: 0, max: 25 }),
      clear: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(timer, { minLength: 1, maxLength: 30, size: "max" }),
        fc.array(touch, { maxLength: 30, size: "max" }),
        async (whole, touched) => {
          const timers = whole.map((ms, i) => ({ ms: ms + i / 1_000 }));
          const touches = touched
            .toSorted((a, b) => a.at - b.at)
            .map((touch, i) => ({ ...touch, at: touch.at + i / 100_000 }));
          const fired: number[] = [];
          const order = new Map<number, { due: number; sequence: number }>();
          await withVirtualClock(async (clock) => {
            const start = performance.now();
            let sequence = 0;
            const handles = timers.map(({ ms }, i) => {
              order.set(i, { due: ms, sequence: sequence++ });
              return setTimeout(() => void fired.push(i), ms);
            });
            for (const { nth, at, clear } of touches) {
              await clock.advance(at - (performance.now() - start));
              const i = nth % handles.length;
              const place = order.get(i);
              if (place === undefined || place.due <= at) continue;
              if (clear) {
                clearTimeout(handles[i]);
                order.delete(i);
              } else {
                handles[i]!.refresh();
                order.set(i, { due: at + timers[i]!.ms, sequence: sequence++ });
              }
            }
            await clock.advance(100);
          });
          const expected = [...order]
            .toSorted(([, a], [, b]) => a.due - b.due || a.sequence - b.sequence)
            .map(([i]) => i);
          expect(fired).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});
