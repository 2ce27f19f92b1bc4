import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  Event,
  openChannel,
  select,
  type SelectClause,
  sleep,
  type TaskGroup,
  taskGroup,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";

/** A clause as the law sees it. */
interface Watched {
  readonly clause: SelectClause;
  /** What it gives if it is chosen; an error stands for any. */
  readonly value?: unknown;
  /** How many wait for it. */
  readonly waiting?: () => number;
  /** What is left in its channel in the end. */
  readonly buffered?: (chosen: boolean) => void;
}

type Later = (at: number, what: () => void) => void;

const rejects = new Error("rejects");

/** What can be waited for; each is there at a time. */
const sources = {
  receive(at: number, later: Later): Watched {
    const [send, receive] = openChannel<string>({ capacity: 1 });
    later(at, () => expect(send.trySend("item")).toBe(true));
    return {
      clause: receive,
      value: "item",
      waiting: () => receive.statistics().waitingToReceive,
      buffered: (chosen) => expect(receive.statistics().buffered).toBe(chosen ? 0 : 1),
    };
  },
  send(at: number, later: Later): Watched {
    const [send, receive] = openChannel<string>({ capacity: 1 });
    expect(send.trySend("first")).toBe(true);
    later(at, () => expect(receive.tryReceive()).toEqual({ done: true, value: "first" }));
    return {
      clause: { send, value: "second" },
      waiting: () => send.statistics().waitingToSend,
      buffered: (chosen) => expect(send.statistics().buffered).toBe(chosen ? 1 : 0),
    };
  },
  close(at: number, later: Later): Watched {
    const [send, receive] = openChannel<string>();
    later(at, () => send.close());
    const waiting = (): number => receive.statistics().waitingToReceive;
    return { clause: receive, value: rejects, waiting };
  },
  task(at: number, _later: Later, group: TaskGroup): Watched {
    const clause = group.spawn((task) => sleep(at, task).then(() => "result"));
    return { clause, value: "result" };
  },
  cancelled(at: number, later: Later, group: TaskGroup): Watched {
    const clause = group.spawn((task) => sleep(Infinity, task));
    later(at, () => clause.cancel());
    return { clause, value: rejects };
  },
  event(at: number, later: Later): Watched {
    const clause = new Event();
    later(at, () => clause.set());
    return { clause, waiting: () => clause.statistics().waiting };
  },
  after(at: number): Watched {
    return { clause: { afterMs: at * 100 } };
  },
};

/** Something that a selection waits for, and the time at which it is there. */
interface Source {
  readonly kind: keyof typeof sources;
  readonly at: number;
}

interface Plan {
  readonly sources: readonly Source[];
  /** When the selection begins. */
  readonly from: number;
  readonly cancelAt: number;
  readonly biased: boolean;
}

/** No two things happen at the same time, so that the model need not know in which order they would. */
const plans: fc.Arbitrary<Plan> = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 8 })
  .chain(([from, cancelAt, ...times]) =>
    fc.record({
      sources: fc.tuple(
        ...times.map((at) =>
          fc.record({
            kind: fc.constantFrom(...(Object.keys(sources) as Source["kind"][])),
            at: fc.constant(at),
          }),
        ),
      ),
      from: fc.constant(from!),
      cancelAt: fc.oneof(fc.constant(cancelAt!), fc.constant(1_000)),
      biased: fc.boolean(),
    }),
  );

/** The time of a source as the selection sees it: a delay counts from when it begins. */
const readyAt = ({ kind, at }: Source, from: number): number =>
  kind === "after" ? from + at * 100 : at;

/** The sources one of which must be chosen. None: the cancellation is first. */
function winners({ sources: all, from, cancelAt, biased }: Plan): number[] {
  if (cancelAt < from) return [];
  const times = all.map((source) => readyAt(source, from));
  const ready = times.flatMap((at, i) => (at < from ? [i] : []));
  if (ready.length > 0) return biased ? ready.slice(0, 1) : ready;
  const first = Math.min(...times);
  return first < cancelAt ? [times.indexOf(first)] : [];
}

describe("select", () => {
  it("takes what is there first and leaves everything else as it was, whatever it waits for", async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const expected = winners(plan);
      await withVirtualClock(() =>
        taskGroup(async (group) => {
          const later: Later = (at, what) => void group.spawn((task) => sleep(at, task).then(what));
          const all = plan.sources.map(({ kind, at }) => sources[kind](at, later, group));
          const clauses = Object.fromEntries(all.map(({ clause }, i) => [`${i}`, clause]));
          /** Which one it was that rejected is not told. */
          const rejected = (): number => expected.find((i) => all[i]!.value === rejects) ?? -1;
          const outcome = await cancelScope(async (scope) => {
            later(plan.cancelAt, () => scope.cancel("cancelled"));
            await sleep(plan.from, group);
            return select(clauses, { scope, biased: plan.biased }).then(
              ({ key, value }) => ({ chosen: Number(key), value }),
              (error: unknown) => {
                if (error === "cancelled") throw error;
                return { chosen: rejected(), value: rejects };
              },
            );
          });
          const chosen = outcome.done ? outcome.value.chosen : null;
          expect(expected.length === 0 ? [null] : expected).toContain(chosen);
          expect(outcome.done && outcome.value.value).toBe(
            chosen === null ? false : all[chosen]!.value,
          );
          for (const { waiting } of all) expect(waiting?.() ?? 0).toBe(0);
          group.defer(() => {
            for (const [i, { buffered }] of all.entries()) buffered?.(i === chosen);
          });
        }),
      );
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
