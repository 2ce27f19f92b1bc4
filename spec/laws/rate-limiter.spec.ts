import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cancelScope, DeadlineError, RateLimiter, sleep } from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";

type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "try"; readonly tokens: number }
  | { readonly kind: "ask"; readonly tokens: number; readonly withinMs: number }
  | { readonly kind: "cancel"; readonly seed: number };

interface Rate {
  /** The time from one token to the next, in milliseconds. */
  readonly everyMs: number;
  readonly limit: number;
  readonly burst: number;
}

const rates: fc.Arbitrary<Rate> = fc.record({
  everyMs: fc.integer({ min: 1, max: 20 }),
  limit: fc.integer({ min: 1, max: 9 }),
  burst: fc.integer({ min: 1, max: 6 }),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ kind: fc.constant("try" as const), tokens: fc.integer({ min: 1, max: 6 }) }),
    fc.record({
      kind: fc.constant("ask" as const),
      tokens: fc.integer({ min: 1, max: 6 }),
      withinMs: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(Infinity)),
    }),
    fc.record({ kind: fc.constant("cancel" as const), seed: fc.nat(20) }),
  ),
  { maxLength: 40, size: "max" },
);

/** What became of each call, in their order: when it was let go ahead, or why it was not. */
type Fate = number | "refused" | "cancelled" | "no";

/** A bucket by hand. Time goes on by a millisecond, and in each of them there is a drop; a token is `everyMs` drops. */
function modelled({ everyMs, burst }: Rate, program: readonly Step[]): (Fate | undefined)[] {
  const fates: (Fate | undefined)[] = [];
  let line: { readonly index: number; readonly drops: number }[] = [];
  const full = burst * everyMs;
  let drops = full;
  let time = 0;
  const serve = (): void => {
    for (let first = line[0]; first !== undefined && first.drops <= drops; first = line[0]) {
      drops -= first.drops;
      fates[first.index] = time;
      line = line.slice(1);
    }
  };
  const pass = (): void => {
    time++;
    drops = Math.min(full, drops + 1);
    serve();
  };
  for (const step of program) {
    if (step.kind === "pass") for (let i = 0; i < step.ms; i++) pass();
    if (step.kind === "cancel") {
      const chosen = line[step.seed % Math.max(1, line.length)];
      if (chosen === undefined) continue;
      fates[chosen.index] = "cancelled";
      line = line.filter((one) => one !== chosen);
      serve();
    }
    if (step.kind !== "try" && step.kind !== "ask") continue;
    const index = fates.push(undefined) - 1;
    const wanted = Math.min(step.tokens, burst) * everyMs;
    if (line.length === 0 && wanted <= drops) {
      drops -= wanted;
      fates[index] = time;
    } else if (step.kind === "try") {
      fates[index] = "no";
    } else {
      const before = line.reduce((sum, one) => sum + one.drops, 0);
      if (before + wanted - drops >= step.withinMs) fates[index] = "refused";
      else line.push({ index, drops: wanted });
    }
  }
  while (line.length > 0) pass();
  return fates;
}

async function real({ everyMs, limit, burst }: Rate, program: readonly Step[]): Promise<Fate[]> {
  const limiter = new RateLimiter({ limit, perMs: everyMs * limit, burst });
  const fates: (Fate | undefined)[] = [];
  const waiting: { readonly index: number; cancel(): void }[] = [];
  const running: Promise<unknown>[] = [];
  const start = performance.now();
  const stillWaiting = (): typeof waiting =>
    waiting.filter(({ index }) => fates[index] === undefined);
  for (const step of program) {
    if (step.kind === "pass") {
      await sleep(step.ms);
      // What is due at the same time has happened, too.
      await sleep(0);
    }
    if (step.kind === "cancel") {
      const line = stillWaiting();
      line[step.seed % Math.max(1, line.length)]?.cancel();
      await sleep(0);
    }
    if (step.kind !== "try" && step.kind !== "ask") continue;
    const index = fates.push(undefined) - 1;
    const tokens = Math.min(step.tokens, burst);
    if (step.kind === "try") {
      fates[index] = limiter.tryAcquire(tokens) === undefined ? "no" : performance.now() - start;
      continue;
    }
    const { withinMs } = step;
    const call = cancelScope(
      async (scope) => {
        waiting.push({ index, cancel: () => scope.cancel() });
        await limiter.acquire(scope, tokens);
        fates[index] = performance.now() - start;
      },
      { timeoutMs: withinMs },
    ).then(
      ({ done }) => {
        if (!done) fates[index] = "cancelled";
      },
      (error: unknown) => {
        fates[index] = error instanceof DeadlineError ? "refused" : "no";
      },
    );
    running.push(call);
    await sleep(0);
  }
  await Promise.all(running);
  expect(limiter.statistics().waiting).toBe(0);
  return fates as Fate[];
}

describe("RateLimiter", () => {
  it("does what a bucket by hand does: who is served when, refused, cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(rates, steps, async (rate, program) => {
        const fates = await withVirtualClock(() => real(rate, program));
        expect(fates).toEqual(modelled(rate, program));
      }),
      { numRuns: 300 },
    );
  });

  it("lets no more go ahead than its burst and what comes in, in no time of any length", async () => {
    const anyRate = fc.record({
      limit: fc.integer({ min: 1, max: 1_000 }),
      perMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    // Pauses in parts of what a token takes.
    const calls = fc.array(
      fc.record({
        tokens: fc.integer({ min: 1, max: 20 }),
        pause: fc.double({ min: 0, max: 30, noNaN: true }),
      }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(anyRate, calls, async (rate, asked) => {
        const granted: { readonly at: number; readonly tokens: number }[] = [];
        await withVirtualClock(async () => {
          const limiter = new RateLimiter(rate);
          const all: Promise<unknown>[] = [];
          for (const { tokens, pause } of asked) {
            const count = Math.min(tokens, rate.burst);
            all.push(
              limiter
                .acquire(undefined, count)
                .then(() => granted.push({ at: performance.now(), tokens: count })),
            );
            await sleep((pause * rate.perMs) / rate.limit);
          }
          await Promise.all(all);
        });
        expect(granted).toHaveLength(asked.length);
        for (let from = 0; from < granted.length; from++) {
          let sum = 0;
          for (let to = from; to < granted.length; to++) {
            sum += granted[to]!.tokens;
            const comeIn = ((granted[to]!.at - granted[from]!.at) / rate.perMs) * rate.limit;
            // The clock itself has so many digits.
            const rounding = 1e-9 + 1e-14 * (granted[to]!.at / rate.perMs) * rate.limit;
            expect(sum).toBeLessThanOrEqual(rate.burst + comeIn + rounding);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
