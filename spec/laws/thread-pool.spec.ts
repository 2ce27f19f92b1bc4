import assert from "node:assert/strict";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  NotTransferableError,
  Threadpool,
  ThreadpoolClosedError,
  WorkerExitedError,
} from "../../lib/index.ts";
import { checkCancelled } from "../../lib/worker.ts";

/** One call of the run: what was asked for, and how often its function has begun. */
interface Sent {
  readonly index: number;
  readonly isEndless: boolean;
  readonly controller: AbortController;
  readonly outcome: Promise<Settled>;
  /** Judges how the call ended, if it was neither cancelled nor closed away. */
  readonly expected: (settled: Settled) => void;
  /** How often it had begun when it was cancelled while it waited. */
  cancelledAt: number | undefined;
  settlements: number;
}

type Settled = { readonly value: unknown } | { readonly reason: unknown };

const CALLS = 64;
const REASON = { why: "the law cancels" };

class Run {
  readonly limiter = new CapacityLimiter(2);
  readonly pool = new Threadpool({ limiter: this.limiter });
  readonly begun = new Int32Array(new SharedArrayBuffer(4 * CALLS));
  readonly sent: Sent[] = [];
  highestTotal = 2;

  send(
    fn: (begun: Int32Array, index: number, given: unknown) => unknown,
    given: unknown,
    expected: Sent["expected"],
    isEndless = false,
  ): void {
    const index = this.sent.length;
    const controller = new AbortController();
    const call = this.pool.run(fn, [this.begun, index, given], { signal: controller.signal });
    const sent: Sent = {
      index,
      isEndless,
      controller,
      expected,
      cancelledAt: undefined,
      settlements: 0,
      outcome: call.then(
        (value) => this.#settle(sent, { value }),
        (reason: unknown) => this.#settle(sent, { reason }),
      ),
    };
    this.sent.push(sent);
  }

  #settle(sent: Sent, settled: Settled): Settled {
    sent.settlements += 1;
    return settled;
  }

  cancel(at: number): void {
    const sent = this.sent[at % Math.max(1, this.sent.length)];
    if (sent === undefined || sent.controller.signal.aborted) return;
    sent.controller.abort(REASON);
    sent.cancelledAt = Atomics.load(this.begun, sent.index);
  }

  /** Gives the pool one more call, once none can block it for ever. */
  next(): Promise<number> {
    for (const { isEndless, index } of this.sent) if (isEndless) this.cancel(index);
    return this.pool.run((n: number) => n + 1, [1]);
  }

  check(): void {
    const { running } = this.pool.statistics();
    assert(running <= this.highestTotal);
    assert(this.begun.every((count) => count <= 1));
  }

  /** What must hold of every call once the pool has ended. */
  async verify(isDestroyed: boolean): Promise<void> {
    for (const sent of this.sent) {
      const settled = await sent.outcome;
      const begun = Atomics.load(this.begun, sent.index);
      assert.equal(sent.settlements, 1);
      assert(begun <= 1);
      const isCancelled = "reason" in settled && settled.reason === REASON;
      if (isCancelled) assert(sent.cancelledAt !== undefined);
      else if (!(isDestroyed && isClosedAway(settled))) sent.expected(settled);
    }
  }
}

function isClosedAway(settled: Settled): boolean {
  return "reason" in settled && settled.reason instanceof ThreadpoolClosedError;
}

function resolvesTo(value: unknown): Sent["expected"] {
  return (settled) => assert.deepEqual(settled, { value });
}

function rejectsWith(thrown: unknown): Sent["expected"] {
  return (settled) => assert.deepEqual(settled, { reason: thrown });
}

function isRefused(settled: Settled): void {
  assert("reason" in settled && settled.reason instanceof NotTransferableError);
}

type Model = Record<string, never>;

class Step implements fc.AsyncCommand<Model, Run> {
  readonly #name: string;
  readonly #act: (run: Run) => void | Promise<unknown>;

  constructor(name: string, act: (run: Run) => void | Promise<unknown>) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, run: Run): Promise<void> {
    if (run.sent.length < CALLS) await this.#act(run);
    run.check();
  }

  toString(): string {
    return this.#name;
  }
}

const steps: fc.Arbitrary<Step>[] = [
  fc.jsonValue().map(
    (value) =>
      new Step(`return ${JSON.stringify(value)}`, (run) =>
        run.send(
          (begun, index, given) => {
            Atomics.add(begun, index, 1);
            return given;
          },
          value,
          resolvesTo(value),
        ),
      ),
  ),
  fc.nat(3).map(
    (ms) =>
      new Step(`work ${ms} ms`, (run) =>
        run.send(
          (begun, index, given) => {
            Atomics.add(begun, index, 1);
            const until = performance.now() + (given as number);
            while (performance.now() < until);
            return "worked";
          },
          ms,
          resolvesTo("worked"),
        ),
      ),
  ),
  fc.nat(3).map(
    (ms) =>
      new Step(`await ${ms} ms`, (run) =>
        run.send(
          (begun, index, given) => {
            Atomics.add(begun, index, 1);
            return new Promise((resolve) => setTimeout(resolve, given as number, "waited"));
          },
          ms,
          resolvesTo("waited"),
        ),
      ),
  ),
  fc.constantFrom<unknown>(null, undefined, 0, "", "text", Number.NaN, { code: 7 }).map(
    (thrown) =>
      new Step(`throw ${String(thrown)}`, (run) =>
        run.send(
          (begun, index, given) => {
            Atomics.add(begun, index, 1);
            throw given;
          },
          thrown,
          rejectsWith(thrown),
        ),
      ),
  ),
  fc.nat(3).map(
    (code) =>
      new Step(`exit ${code}`, (run) =>
        run.send(
          (begun, index, given) => {
            Atomics.add(begun, index, 1);
            process.exit(given as number);
          },
          code,
          (settled) => {
            assert("reason" in settled && settled.reason instanceof WorkerExitedError);
            assert.equal(settled.reason.exitCode, code);
          },
        ),
      ),
  ),
  fc.constant(
    new Step("send what cannot be cloned", (run) =>
      run.send((begun, index) => void Atomics.add(begun, index, 1), new WeakMap(), isRefused),
    ),
  ),
  fc.constant(
    new Step("send a proxy", (run) =>
      run.send((begun, index) => void Atomics.add(begun, index, 1), new Proxy({}, {}), isRefused),
    ),
  ),
  fc.constant(
    new Step("return what cannot be cloned", (run) =>
      run.send(
        (begun, index) => {
          Atomics.add(begun, index, 1);
          return { inside: () => 1 };
        },
        undefined,
        isRefused,
      ),
    ),
  ),
  fc.constant(
    new Step("leave a rejection behind", (run) =>
      run.send(
        (begun, index) => {
          Atomics.add(begun, index, 1);
          void Promise.reject(new Error("left behind"));
          return "left";
        },
        undefined,
        resolvesTo("left"),
      ),
    ),
  ),
  fc.boolean().map(
    (asks) =>
      new Step(asks ? "obey" : "spin", (run) =>
        run.send(
          asks
            ? (begun, index) => {
                Atomics.add(begun, index, 1);
                for (;;) checkCancelled();
              }
            : (begun, index) => {
                Atomics.add(begun, index, 1);
                for (;;);
              },
          undefined,
          () => assert.fail("an endless call ended by itself"),
          true,
        ),
      ),
  ),
  fc.nat(CALLS).map((at) => new Step(`cancel ${at}`, (run) => run.cancel(at))),
  fc.integer({ min: 1, max: 4 }).map(
    (total) =>
      new Step(`${total} at once`, (run) => {
        run.highestTotal = Math.max(run.highestTotal, total);
        run.limiter.total = total;
      }),
  ),
  fc
    .nat(5)
    .map((ms) => new Step(`pass ${ms} ms`, () => new Promise((done) => setTimeout(done, ms)))),
  fc.constant(
    new Step("wait for the first", (run) => {
      const first = run.sent.find(({ isEndless }) => !isEndless);
      // Endless ones must not be able to keep it waiting.
      for (const { isEndless, index } of run.sent) if (isEndless) run.cancel(index);
      return first?.outcome;
    }),
  ),
];

const emitWarning = process.emitWarning.bind(process);
beforeAll(() => void (process.emitWarning = () => {}));
afterAll(() => void (process.emitWarning = emitWarning));

describe("a thread pool", () => {
  it("settles every call once with what the function gives, runs nothing twice, and always serves the next", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(steps, { maxCommands: 24 }),
        fc.boolean(),
        async (commands, destroys) => {
          const run = new Run();
          try {
            await fc.asyncModelRun(() => ({ model: {}, real: run }), commands);
            const next = destroys ? 2 : await run.next();
            expect(next).toBe(2);
            await (destroys ? run.pool.destroy() : run.pool.close());
            await run.verify(destroys);
            expect(run.pool.statistics()).toMatchObject({ running: 0, queued: 0, threads: 0 });
            expect(run.limiter.statistics()).toMatchObject({ used: 0, waiting: 0 });
          } finally {
            await run.pool.destroy();
          }
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});
