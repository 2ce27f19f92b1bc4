import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  ClosedError,
  openChannel,
  type ReceiveChannel,
  select,
  type SelectClause,
  type SendChannel,
  SkeinError,
} from "../../lib/index.ts";
import {
  closed,
  ended,
  type Ending,
  type ModelCall,
  ModelChannel,
} from "../support/channel-model.ts";

/** One channel of the library and the model's idea of it. */
interface Pair {
  readonly model: ModelChannel;
  readonly sends: SendChannel<number>[];
  readonly receives: ReceiveChannel<number>[];
  readonly loops: Map<number, AsyncIterator<number>>;
  readonly undelivered: number[];
}

/** A call of the library, what came of it, and what should. */
interface Call {
  readonly name: string;
  readonly model: ModelCall;
  readonly controller: AbortController;
  observed: Ending;
  /** It has ended as it should; nothing can change that. */
  agreed: boolean;
}

interface World {
  readonly pairs: Pair[];
  readonly calls: Call[];
  /** The items that were given to a channel for good; one each for every number below `next`. */
  readonly given: Set<number>;
  readonly received: number[];
  next: number;
}

type Move = (world: World) => void;

const codeOf = (error: unknown): string =>
  error instanceof SkeinError ? error.code : String(error);

/** Makes a call and watches what becomes of it. */
function call(
  world: World,
  name: string,
  model: Partial<ModelCall>,
  start: (within: AbortController) => Promise<unknown>,
): ModelCall {
  const made: Call = {
    name,
    model: {
      ending: { kind: "pending" },
      sends: [],
      answer: (_key, value) => value,
      atEnd: ended,
      owned: false,
      ...model,
    },
    controller: new AbortController(),
    observed: { kind: "pending" },
    agreed: false,
  };
  world.calls.push(made);
  start(made.controller).then(
    (value) => (made.observed = { kind: "resolved", value }),
    (error: unknown) => (made.observed = { kind: "rejected", error: codeOf(error) }),
  );
  return made.model;
}

const pairOf = (world: World, seed: number): Pair => world.pairs[seed % world.pairs.length]!;

function send(seed: number, end: number): Move {
  return (world) => {
    const { model, sends } = pairOf(world, seed);
    const at = end % sends.length;
    const value = world.next++;
    world.given.add(value);
    const made = call(
      world,
      `send ${value}`,
      { sends: [{ channel: model, value }], owned: true },
      (within) => sends[at]!.send(value, within),
    );
    const ending = model.send(at, value);
    if (ending === null) model.senders.push({ call: made, key: "", end: at, value });
    else made.ending = ending;
    if (ending?.kind === "rejected") model.undelivered.push(value);
  };
}

function receive(seed: number, end: number, byLoop: boolean): Move {
  return (world) => {
    const pair = pairOf(world, seed);
    const { model, receives, loops } = pair;
    const at = end % receives.length;
    const step = (value: unknown): unknown => {
      world.received.push(value as number);
      return byLoop ? { done: false, value } : value;
    };
    const over: Ending = { kind: "resolved", value: { done: true, value: undefined } };
    const atEnd = byLoop ? over : ended;
    const ending = ((): Ending | null => {
      const now = model.receive(at);
      if (now === ended) return atEnd;
      return now?.kind === "resolved" ? { kind: "resolved", value: step(now.value) } : now;
    })();
    if (!loops.has(at)) loops.set(at, receives[at]!.values());
    const made = call(
      world,
      byLoop ? "step" : "receive",
      { atEnd, answer: (_key, value) => step(value) },
      (within) => (byLoop ? loops.get(at)!.next() : receives[at]!.receive(within)),
    );
    if (ending === null) model.receivers.push({ call: made, key: "", end: at, value: -1 });
    else made.ending = ending;
  };
}

/** What is called under a scope that is cancelled already takes no item and lets none through. */
function tooLate(seed: number, end: number, sending: boolean): Move {
  return (world) => {
    const { model, sends, receives } = pairOf(world, seed);
    const ending: Ending = { kind: "rejected", error: "cancelled" };
    const value = sending ? world.next++ : -1;
    call(world, "too late", { ending }, (within) => {
      within.abort("cancelled");
      if (sending) return sends[end % sends.length]!.send(value, within);
      return receives[end % receives.length]!.receive(within);
    });
    if (!sending) return;
    world.given.add(value);
    model.undelivered.push(value);
  };
}

function trySend(seed: number, end: number): Move {
  return (world) => {
    const { model, sends } = pairOf(world, seed);
    const at = end % sends.length;
    const value = world.next++;
    const expected = model.send(at, value);
    if (expected?.kind === "rejected") {
      expect(() => sends[at]!.trySend(value)).toThrow(
        expect.objectContaining({ code: expected.error }),
      );
      return;
    }
    if (expected !== null) world.given.add(value);
    expect(sends[at]!.trySend(value)).toBe(expected !== null);
  };
}

function tryReceive(seed: number, end: number): Move {
  return (world) => {
    const { model, receives } = pairOf(world, seed);
    const at = end % receives.length;
    const expected = model.receive(at);
    if (expected === closed) {
      expect(() => receives[at]!.tryReceive()).toThrow(ClosedError);
      return;
    }
    const outcome = receives[at]!.tryReceive();
    if (expected?.kind === "resolved") {
      expect(outcome).toEqual({ done: true, value: expected.value });
      world.received.push(expected.value as number);
    } else {
      expect(outcome.done).toBe(false);
      expect(receives[at]!.ended).toBe(expected === ended);
    }
  };
}

interface Wish {
  readonly seed: number;
  readonly end: number;
  readonly out: boolean;
}

function choose(wishes: readonly Wish[]): Move {
  return (world) => {
    const clauses: Record<string, SelectClause> = {};
    const values = wishes.map(() => world.next++);
    const outs = wishes.flatMap(({ seed, out }, i) =>
      out ? [{ channel: pairOf(world, seed).model, value: values[i]! }] : [],
    );
    const answer = (key: string, value: unknown): unknown => {
      const i = Number(key.slice(1));
      if (wishes[i]!.out) world.given.add(values[i]!);
      else world.received.push(value as number);
      return { key, value };
    };
    for (const [i, { seed, end, out }] of wishes.entries()) {
      const { sends, receives } = pairOf(world, seed);
      clauses[`k${i}`] = out
        ? { send: sends[end % sends.length]!, value: values[i]! }
        : receives[end % receives.length]!;
    }
    const made = call(
      world,
      `select ${JSON.stringify(wishes)}`,
      { sends: outs, answer },
      (within) => select(clauses, { scope: within, biased: true }),
    );
    for (const [i, { seed, end, out }] of wishes.entries()) {
      const { model, sends, receives } = pairOf(world, seed);
      const ending = out
        ? model.send(end % sends.length, values[i]!)
        : model.receive(end % receives.length);
      if (ending === null) continue;
      made.ending =
        ending.kind === "resolved"
          ? { kind: "resolved", value: answer(`k${i}`, ending.value) }
          : ending;
      return;
    }
    for (const [i, { seed, end, out }] of wishes.entries()) {
      const { model, sends, receives } = pairOf(world, seed);
      const at = end % (out ? sends : receives).length;
      const place = { call: made, key: `k${i}`, end: at, value: values[i]! };
      (out ? model.senders : model.receivers).push(place);
    }
  };
}

function cancel(which: number): Move {
  return (world) => {
    const { calls, pairs } = world;
    const victim = calls[which % Math.max(1, calls.length)];
    if (victim === undefined || victim.name === "step") return;
    if (victim.model.ending.kind === "pending" && victim.name.startsWith("select")) {
      for (const { value } of victim.model.sends) world.given.add(value);
    }
    pairs[0]!.model.cancel(victim.model);
    victim.controller.abort("cancelled");
  };
}

function close(seed: number, end: number, sending: boolean): Move {
  return (world) => {
    const { model, sends, receives } = pairOf(world, seed);
    if (sending) {
      model.closeSending(end % sends.length);
      sends[end % sends.length]!.close();
    } else {
      model.closeReceiving(end % receives.length);
      receives[end % receives.length]!.close();
    }
  };
}

function clone(seed: number, end: number, sending: boolean): Move {
  return (world) => {
    const { model, sends, receives } = pairOf(world, seed);
    const open = sending ? model.sending : model.receiving;
    if (!open[end % open.length]) return;
    if (sending) sends.push(sends[end % sends.length]!.clone());
    else receives.push(receives[end % receives.length]!.clone());
    open.push(true);
  };
}

/** Asks for an explanation only if there is something to explain: a law compares a lot. */
function agreeOn(real: unknown, model: unknown): void {
  if (!isDeepStrictEqual(real, model)) expect(real).toEqual(model);
}

/** Compares the model with what every call and every channel say a turn later. */
async function agree({ pairs, calls }: World): Promise<void> {
  for (const { model, sends, undelivered } of pairs) {
    agreeOn(sends[0]!.statistics(), {
      capacity: model.capacity,
      buffered: model.buffer.length,
      sendingEnds: model.sending.filter(Boolean).length,
      receivingEnds: model.receiving.filter(Boolean).length,
      waitingToSend: model.senders.length,
      waitingToReceive: model.receivers.length,
    });
    agreeOn(undelivered, model.undelivered);
  }
  await checkpoint();
  for (const each of calls) {
    if (each.agreed) continue;
    agreeOn([each.name, each.observed], [each.name, each.model.ending]);
    each.agreed = each.observed.kind !== "pending";
  }
}

const seed = fc.nat(1);
const end = fc.nat(3);
const move: fc.Arbitrary<readonly [string, Move]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(seed, end).map(([s, e]) => [`send ${s} ${e}`, send(s, e)] as const),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(seed, end, fc.boolean())
      .map(([s, e, loop]) => [`receive ${s} ${e} ${loop}`, receive(s, e, loop)] as const),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(seed, end).map(([s, e]) => [`trySend ${s} ${e}`, trySend(s, e)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(seed, end)
      .map(([s, e]) => [`tryReceive ${s} ${e}`, tryReceive(s, e)] as const),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.record({ seed, end, out: fc.boolean() }), { minLength: 1, maxLength: 4 })
      .map((wishes) => [`select ${JSON.stringify(wishes)}`, choose(wishes)] as const),
  },
  { weight: 5, arbitrary: fc.nat(60).map((which) => [`cancel ${which}`, cancel(which)] as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(seed, end, fc.boolean())
      .map(([s, e, sending]) => [`close ${s} ${e} ${sending}`, close(s, e, sending)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(seed, end, fc.boolean())
      .map(([s, e, sending]) => [`too late ${s} ${e} ${sending}`, tooLate(s, e, sending)] as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(seed, end, fc.boolean())
      .map(([s, e, sending]) => [`clone ${s} ${e} ${sending}`, clone(s, e, sending)] as const),
  },
);

/** The moves of one turn, which race. */
class Turn implements fc.AsyncCommand<object, World> {
  readonly #moves: readonly (readonly [string, Move])[];

  constructor(moves: readonly (readonly [string, Move])[]) {
    this.#moves = moves;
  }

  check(): boolean {
    return true;
  }

  async run(_: object, world: World): Promise<void> {
    for (const [, make] of this.#moves) make(world);
    await agree(world);
  }

  toString(): string {
    return `[${this.#moves.map(([name]) => name).join(", ")}]`;
  }
}

function worldOf(capacities: readonly number[]): World {
  const all: ModelChannel[] = [];
  const pairs = capacities.map((capacity): Pair => {
    const undelivered: number[] = [];
    const [first, second] = openChannel<number>({
      capacity,
      onUndelivered: (item) => undelivered.push(item),
    });
    const model = new ModelChannel(capacity, all);
    all.push(model);
    return { model, sends: [first], receives: [second], loops: new Map(), undelivered };
  });
  return { pairs, calls: [], given: new Set(), received: [], next: 0 };
}

describe("openChannel and select", () => {
  it("do what a channel of plain arrays does, whatever is cancelled, closed and cloned when", async () => {
    const turns = fc.commands(
      [fc.array(move, { minLength: 1, maxLength: 5 }).map((moves) => new Turn(moves))],
      {
        maxCommands: 30,
      },
    );
    const capacity = fc.constantFrom(0, 0, 1, 2);
    const property = fc.asyncProperty(capacity, capacity, turns, async (one, two, run) => {
      const world = worldOf([one, two]);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), run);
      for (const { sends, receives } of world.pairs) {
        for (const each of [...sends, ...receives]) each.close();
      }
      await checkpoint();
      const disposed = world.pairs.flatMap(({ undelivered }) => undelivered);
      const seen = [...world.received, ...disposed].toSorted((a, b) => a - b);
      expect(seen).toEqual([...world.given].toSorted((a, b) => a - b));
      expect(world.calls.filter(({ observed }) => observed.kind === "pending")).toEqual([]);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it("deliver every item once and in its sender's order, in whatever order tasks run", async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.nat(2),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(8),
      async (scheduler, capacity, producers, consumers, patience) => {
        const undelivered: string[] = [];
        const [send, receive] = openChannel<string>({
          capacity,
          onUndelivered: (item) => undelivered.push(item),
        });
        const sent: string[] = [];
        const received: string[] = [];
        const turn = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);
        const produce = async (producer: number): Promise<void> => {
          const mine = send.clone();
          await cancelScope(async (scope) => {
            for (let i = 0; i < 4; i++) {
              await turn(`producer ${producer}`);
              sent.push(`${producer}.${i}`);
              const sending = mine.send(`${producer}.${i}`, scope);
              if (i + producer * 4 === patience) {
                void turn("cancel").then(() => scope.cancel());
              }
              await sending;
            }
          });
          mine.close();
        };
        const consume = async (consumer: number): Promise<void> => {
          const mine = receive.clone();
          await cancelScope(async (scope) => {
            if (consumer > 0) void turn("cancel").then(() => scope.cancel());
            for await (const item of mine.values(scope)) {
              received.push(item);
              await turn(`consumer ${consumer}`);
            }
          });
          mine.close();
        };
        const all = Promise.all([
          ...Array.from({ length: producers }, (_, i) => produce(i)),
          ...Array.from({ length: consumers }, (_, i) => consume(i)),
        ]);
        send.close();
        receive.close();
        await scheduler.waitFor(all);
        expect([...received, ...undelivered].toSorted()).toEqual(sent.toSorted());
        for (let i = 0; i < producers; i++) {
          const ofOne = received.filter((item) => item.startsWith(`${i}.`));
          expect(ofOne).toEqual(ofOne.toSorted());
        }
        expect(receive.statistics()).toEqual({
          capacity,
          buffered: 0,
          sendingEnds: 0,
          receivingEnds: 0,
          waitingToSend: 0,
          waitingToReceive: 0,
        });
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
