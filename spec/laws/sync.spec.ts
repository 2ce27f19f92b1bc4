import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  cancelScope,
  type CancelScope,
  checkpoint,
  Condition,
  Event,
  Lock,
  type Permit,
  Semaphore,
  type ScopeLike,
} from "../../lib/index.ts";

/** What the three have in common, as a law sees it. */
interface Gate {
  acquire(within?: ScopeLike): Promise<Permit>;
  tryAcquire(): Permit | undefined;
  used(): number;
  waiting(): number;
  setTotal?(total: number): void;
}

/** One call of `acquire`: where the model says it is, and what came of it. */
interface Call {
  state: "waiting" | "held" | "released" | "cancelled";
  cancel(): void;
  permit?: Permit;
  outcome?: "granted" | "rejected";
}

interface Model {
  total: number;
  readonly calls: Call[];
}

interface Real {
  readonly gate: Gate;
  readonly open: (body: (scope: CancelScope) => Promise<void>) => void;
}

type Step = fc.AsyncCommand<Model, Real>;

const waitingIn = (model: Model): Call[] => model.calls.filter((call) => call.state === "waiting");
const heldIn = (model: Model): Call[] => model.calls.filter((call) => call.state === "held");

/** First come, first served, as long as permits are free. */
function settle(model: Model): void {
  let free = model.total - heldIn(model).length;
  for (const call of waitingIn(model)) if (free-- > 0) call.state = "held";
}

/** Compares what the gate says now, and what the calls say a turn later. */
async function agree(model: Model, { gate }: Real): Promise<void> {
  const used = gate.used();
  const waiting = gate.waiting();
  if (used !== heldIn(model).length || waiting !== waitingIn(model).length) {
    throw new Error(`${used} hold and ${waiting} wait: ${JSON.stringify(model.calls)}`);
  }
  await checkpoint();
  for (const { state, outcome } of model.calls) {
    const expected =
      state === "waiting" ? undefined : state === "cancelled" ? "rejected" : "granted";
    if (outcome !== expected) throw new Error(`${outcome ?? "pending"}, but it is ${state}`);
  }
}

const acquire = (): Step => ({
  check: () => true,
  async run(model, real) {
    real.open(async (scope) => {
      const call: Call = { state: "waiting", cancel: () => scope.cancel() };
      model.calls.push(call);
      settle(model);
      await real.gate.acquire(scope).then(
        (permit) => {
          call.outcome = "granted";
          call.permit = permit;
        },
        () => void (call.outcome = "rejected"),
      );
    });
    await agree(model, real);
  },
  toString: () => "acquire",
});

/** Several things within one turn, so that they race. */
const race = (moves: readonly (readonly ["cancel" | "release", number])[]): Step => ({
  check: () => true,
  async run(model, real) {
    for (const [move, seed] of moves) {
      const calls =
        move === "cancel"
          ? model.calls.filter(({ state }) => state !== "cancelled")
          : heldIn(model).filter(({ permit }) => permit !== undefined);
      const call = calls[seed % Math.max(1, calls.length)];
      if (call === undefined) continue;
      if (move === "cancel") {
        if (call.state === "waiting") call.state = "cancelled";
        call.cancel();
      } else {
        call.state = "released";
        settle(model);
        call.permit!.release();
      }
    }
    await agree(model, real);
  },
  toString: () => moves.map(([move, seed]) => `${move} ${seed}`).join(" & "),
});

const tryAcquire = (): Step => ({
  check: () => true,
  async run(model, real) {
    const free = heldIn(model).length < model.total;
    const permit = real.gate.tryAcquire();
    if ((permit !== undefined) !== free) throw new Error("tryAcquire does not see what is free");
    if (permit !== undefined) {
      model.calls.push({ state: "held", cancel() {}, permit, outcome: "granted" });
    }
    await agree(model, real);
  },
  toString: () => "tryAcquire",
});

const setTotal = (total: number): Step => ({
  check: () => true,
  async run(model, real) {
    model.total = total;
    settle(model);
    real.gate.setTotal!(total);
    await agree(model, real);
  },
  toString: () => `total = ${total}`,
});

const steps: fc.Arbitrary<Step>[] = [
  fc.constant(null).map(acquire),
  fc.constant(null).map(tryAcquire),
  fc
    .array(fc.tuple(fc.constantFrom("cancel" as const, "release" as const), fc.nat(20)), {
      minLength: 1,
      maxLength: 5,
    })
    .map(race),
];

async function law(
  totals: fc.Arbitrary<number>,
  make: (total: number) => Gate,
  more: fc.Arbitrary<Step>[] = [],
): Promise<void> {
  const commands = fc.commands([...steps, ...more], { maxCommands: 40 });
  const property = fc.asyncProperty(totals, commands, async (total, run) => {
    const scopes: Promise<unknown>[] = [];
    const real: Real = { gate: make(total), open: (body) => void scopes.push(cancelScope(body)) };
    const model: Model = { total, calls: [] };
    await fc.asyncModelRun(() => ({ model, real }), run);
    for (const call of model.calls) call.cancel();
    await Promise.all(scopes);
    if (real.gate.waiting() > 0) throw new Error("somebody still waits");
  });
  await fc.assert(property, { numRuns: 150 });
}

const totals = fc.integer({ min: 1, max: 3 });

describe("CapacityLimiter", () => {
  it("neither loses nor doubles a permit, whatever is cancelled when, and keeps the order", async () => {
    const make = (total: number): Gate => {
      const limiter = new CapacityLimiter(total);
      return {
        acquire: (within) => limiter.acquire(within),
        tryAcquire: () => limiter.tryAcquire(),
        used: () => limiter.statistics().used,
        waiting: () => limiter.statistics().waiting,
        setTotal: (other) => (limiter.total = other),
      };
    };
    await expect(law(totals, make, [fc.nat(5).map(setTotal)])).resolves.toBeUndefined();
  });
});

describe("Semaphore", () => {
  it("neither loses nor doubles a permit, whatever is cancelled when, and keeps the order", async () => {
    const make = (total: number): Gate => {
      const semaphore = new Semaphore(total);
      return {
        acquire: (within) => semaphore.acquire(within),
        tryAcquire: () => semaphore.tryAcquire(),
        used: () => semaphore.statistics().used,
        waiting: () => semaphore.statistics().waiting,
      };
    };
    await expect(law(totals, make)).resolves.toBeUndefined();
  });
});

describe("Lock", () => {
  it("has one holder at most, whatever is cancelled when, and keeps the order", async () => {
    const make = (): Gate => {
      const lock = new Lock();
      return {
        acquire: (within) => lock.acquire(within),
        tryAcquire: () => lock.tryAcquire(),
        used: () => Number(lock.statistics().locked),
        waiting: () => lock.statistics().waiting,
      };
    };
    await expect(law(fc.constant(1), make)).resolves.toBeUndefined();
  });
});

describe("Condition", () => {
  it("lets exactly as many return as were notified, whatever is cancelled when", async () => {
    const move = fc.oneof(
      fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(9) }),
      fc.record({ kind: fc.constant("notify" as const), which: fc.nat(3) }),
    );
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.array(move, { maxLength: 6 }), { maxLength: 5 }),
      async (count, sections) => {
        const condition = new Condition();
        const outcomes: ("returned" | "cancelled" | undefined)[] = [];
        const scopes: CancelScope[] = [];
        let inside = 0;
        const enter = (): void => {
          if (inside++ > 0) throw new Error("two are inside the lock");
        };
        const runs = Array.from({ length: count }, (_, i) =>
          cancelScope(async (scope) => {
            scopes.push(scope);
            await condition.with(async () => {
              try {
                await condition.wait(scope);
                outcomes[i] = "returned";
              } catch {
                outcomes[i] = "cancelled";
              }
              enter();
              await checkpoint();
              inside--;
            });
          }),
        );
        while (condition.statistics().waiting < count) await checkpoint();

        const expected: typeof outcomes = [];
        for (const moves of sections) {
          await condition.with(async () => {
            enter();
            for (const { kind, which } of moves) {
              const waiting = Array.from({ length: count }, (_, i) => i).filter(
                (i) => expected[i] === undefined,
              );
              if (kind === "notify") {
                for (const i of waiting.slice(0, which)) expected[i] = "returned";
                condition.notify(which);
              } else if (which < count) {
                expected[which] ??= "cancelled";
                scopes[which]!.cancel();
              }
            }
            await checkpoint();
            inside--;
          });
        }
        for (const [i, scope] of scopes.entries()) {
          expected[i] ??= "cancelled";
          scope.cancel();
        }
        await Promise.all(runs);
        if (expected.join() !== outcomes.join()) {
          throw new Error(`expected ${expected.join()}, but got ${outcomes.join()}`);
        }
        if (condition.statistics().locked) throw new Error("the lock is still held");
      },
    );
    await expect(fc.assert(property, { numRuns: 100 })).resolves.toBeUndefined();
  });
});

describe("Event", () => {
  it("lets everybody go ahead who waited before it or comes after it, in order, unless cancelled first", async () => {
    const move = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("wait" as const) }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(12) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("set" as const) }) },
    );
    const property = fc.asyncProperty(
      fc.array(fc.array(move, { maxLength: 6 }), { maxLength: 8 }),
      async (turns) => {
        const event = new Event();
        /** What the model says of each wait, in the order of the calls, and what it said itself. */
        const expected: ("waits" | "ahead" | "cancelled")[] = [];
        const observed: (typeof expected)[number][] = [];
        const order: number[] = [];
        const expectedOrder: number[] = [];
        const scopes: CancelScope[] = [];
        const runs: Promise<unknown>[] = [];
        let isSet = false;
        for (const moves of turns) {
          for (const each of moves) {
            if (each.kind === "wait") {
              const i = expected.length;
              expected.push(isSet ? "ahead" : "waits");
              if (isSet) expectedOrder.push(i);
              observed.push("waits");
              const run = cancelScope(async (scope) => {
                scopes.push(scope);
                await event.wait(scope).then(
                  () => {
                    observed[i] = "ahead";
                    order.push(i);
                  },
                  () => (observed[i] = "cancelled"),
                );
              });
              runs.push(run);
            } else if (each.kind === "cancel") {
              if (expected[each.which] === "waits") expected[each.which] = "cancelled";
              scopes[each.which]?.cancel();
            } else {
              for (const [i, state] of expected.entries()) {
                if (state !== "waits") continue;
                expected[i] = "ahead";
                expectedOrder.push(i);
              }
              isSet = true;
              event.set();
            }
            const waiting = expected.filter((state) => state === "waits").length;
            expect(event.statistics()).toEqual({ waiting });
            expect(event.isSet).toBe(isSet);
          }
          await checkpoint();
          expect(observed).toEqual(expected);
          expect(order).toEqual(expectedOrder);
        }
        event.set();
        await Promise.all(runs);
        expect(event.statistics()).toEqual({ waiting: 0 });
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it("lets nobody wait under a scope that is cancelled, set or not", async () => {
    const property = fc.asyncProperty(fc.boolean(), async (isSet) => {
      const event = new Event();
      if (isSet) event.set();
      const outcome = await cancelScope((scope) => {
        scope.cancel("cancelled");
        return event.wait(scope);
      });
      expect(outcome).toEqual({ done: false, reason: "cancelled" });
    });
    await fc.assert(property);
  });
});
