import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  CapacityLimiter,
  failuresOf,
  sleep,
  streamConcurrent,
  type TaskScope,
  taskTree,
} from "../../lib/index.ts";

/** What a call does in the end: gives, fails, or gives though it hears of a cancellation. */
type Deed = "gives" | "fails" | "gives late";

interface Program {
  readonly deeds: readonly Deed[];
  readonly source: "list" | "generator" | "asynchronous";
  readonly width: number;
  readonly limited: boolean;
  readonly ordered: boolean;
  readonly settled: boolean;
  /** How many requests stand in line at a time. */
  readonly requests: number;
  /** After so many results the reader leaves, or cancels what is around. */
  readonly stop: { readonly after: number; readonly by: "leaving" | "cancelling" } | null;
}

const program: fc.Arbitrary<Program> = fc.record({
  deeds: fc.array(
    fc.oneof(
      { arbitrary: fc.constant("gives" as const), weight: 5 },
      fc.constantFrom("fails" as const, "gives late" as const),
    ),
    { maxLength: 8 },
  ),
  source: fc.constantFrom("list", "generator", "asynchronous"),
  width: fc.integer({ min: 1, max: 4 }),
  limited: fc.boolean(),
  ordered: fc.boolean(),
  settled: fc.boolean(),
  requests: fc.integer({ min: 1, max: 3 }),
  stop: fc.option(
    fc.record({
      after: fc.integer({ min: 0, max: 6 }),
      by: fc.constantFrom("leaving", "cancelling"),
    }),
  ),
});

/** What was seen of a program that has been played. */
class Play {
  readonly begun: number[] = [];
  /** In the order in which the calls ended. */
  readonly given: number[] = [];
  readonly failed: Error[] = [];
  readonly read: number[] = [];
  readonly seen: Error[] = [];
  pulled = 0;
  running = 0;
  pulling = 0;
  exhausted = false;
  closed = 0;
  end: "done" | "left" | { readonly error: unknown } = "left";
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** An item is pulled: it needs a place that is neither worked in nor holds a result that nobody has read. */
  pull(length: number): number | undefined {
    assert(++this.pulling === 1, "it is asked while it is asked");
    assert(!this.exhausted && this.closed === 0, "it is asked when it has ended");
    const taken = this.pulled - this.read.length - this.seen.length;
    assert(taken < this.#most, "there is no room for an item");
    if (this.pulled < length) return this.pulled++;
    return undefined;
  }
}

async function played(given: Program, turn: (what: string) => Promise<unknown>): Promise<Play> {
  const { deeds, width, limited, ordered, settled, stop } = given;
  const places = limited ? 16 : width;
  // Who is given a result may be told of it later.
  const play = new Play(places + given.requests);

  function* generator(): Generator<number> {
    try {
      for (;;) {
        const item = play.pull(deeds.length);
        play.pulling--;
        play.exhausted = item === undefined;
        if (item === undefined) return;
        yield item;
      }
    } finally {
      play.closed++;
    }
  }
  const asynchronous: AsyncIterableIterator<number> = {
    [Symbol.asyncIterator]: () => asynchronous,
    async next() {
      const item = play.pull(deeds.length);
      await turn("the source");
      play.pulling--;
      if (item === undefined) play.exhausted = true;
      return item === undefined ? { done: true, value: undefined } : { done: false, value: item };
    },
    async return() {
      play.closed++;
      assert(!play.exhausted, "it is closed when it has ended");
      return { done: true, value: undefined };
    },
  };
  const call = async (item: number, task: TaskScope, index: number): Promise<number> => {
    assert(index === item);
    play.begun.push(item);
    assert(++play.running <= (limited ? width : places), "too many calls run");
    try {
      const deed = deeds[item]!;
      const over = turn(`call ${item}`);
      if (deed === "gives late") await over;
      else await Promise.race([over, sleep(Infinity, task)]);
      if (deed === "fails") {
        const error = new Error(`call ${item}`);
        play.failed.push(error);
        throw error;
      }
      play.given.push(item);
      return item;
    } finally {
      play.running--;
    }
  };
  await cancelScope(async (scope) => {
    const sources = {
      list: [...deeds.keys()],
      generator: generator(),
      asynchronous,
    };
    const stream = streamConcurrent(sources[given.source], call, {
      scope,
      concurrency: limited ? new CapacityLimiter(width) : width,
      ordered,
      settled: settled as true,
    }) as AsyncIterator<unknown>;
    const ask = async (): Promise<void> => {
      const answer = await stream.next();
      if (answer.done === true) {
        if (play.end === "left") play.end = "done";
        return;
      }
      assert(play.end === "left", "a result after the end");
      const result = answer.value as number | PromiseSettledResult<number>;
      if (typeof result === "number") play.read.push(result);
      else if (result.status === "fulfilled") play.read.push(result.value);
      else play.seen.push(result.reason as Error);
    };
    try {
      while (play.end === "left") {
        if (stop !== null && play.read.length + play.seen.length >= stop.after) {
          if (stop.by === "leaving") break;
          scope.cancel("enough");
        }
        await Promise.all(Array.from({ length: given.requests }, ask));
        await turn("the reader");
      }
    } catch (error) {
      play.end = { error };
    }
    try {
      await stream.return!();
    } catch (error) {
      if (play.end === "left") play.end = { error };
    }
    assert(play.running === 0, "a call has outlived its stream");
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });
  return play;
}

function brokenRules(given: Program, play: Play): string[] {
  const { deeds, source, ordered, settled, stop } = given;
  const { begun, read, seen, failed, closed, exhausted, end } = play;
  const cameTo = typeof end === "object" ? failuresOf(end.error) : [];
  const told = new Set<unknown>([...seen, ...cameTo]);
  const isBegun = play.pulled > 0 || exhausted;
  const rules: Readonly<Record<string, boolean>> = {
    "calls begin in the order of the items, each once": begun.every((item, at) => item === at),
    "what is read was given, and is read once":
      new Set(read).size === read.length && read.every((item) => play.given.includes(item)),
    "ordered results come in order":
      !ordered || read.every((item, at) => item >= (read[at - 1] ?? 0)),
    // One that was not begun runs no code when it is closed.
    "a generator is closed": source !== "generator" || closed === (isBegun ? 1 : 0),
    "an asynchronous source is closed once": source !== "asynchronous" || exhausted || closed === 1,
    "all is read where nobody stops":
      end !== "done" || stop !== null || read.length + seen.length === deeds.length,
    "a cancellation is told to who cancelled":
      !cameTo.includes("enough") || stop?.by === "cancelling",
    "nothing else is thrown than failures of calls": cameTo.every(
      (error) => error === "enough" || failed.includes(error as Error),
    ),
    "no failure is lost": (settled && stop !== null) || failed.every((error) => told.has(error)),
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

describe("streamConcurrent", () => {
  it("keeps its rules in every order", async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.scheduler(), async (given, scheduler) => {
        const play = await scheduler.waitFor(
          played(given, (what) => scheduler.schedule(Promise.resolve(), what)),
        );
        expect(brokenRules(given, play)).toEqual([]);
        expect(taskTree().toString()).toBe("nothing runs");
      }),
      { numRuns: 500 },
    );
  });
});
