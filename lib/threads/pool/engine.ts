import { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { UncheckedFunction } from "../any-function.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { decodeValue } from "../codec/values.ts";
import type { RunOptions, ThreadpoolStatistics } from "../executor.ts";
import { type HeldGenerator, neverYielded, type Verdict, yieldedTwice } from "../held-generator.ts";
import type { ItemSink, Opened } from "../thread-iterator.ts";
import { withinCall } from "../call-events.ts";
import { hasContexts } from "../call-context.ts";
import { Call, type Thread } from "./call.ts";
import { captureContexts } from "./contexts.ts";
import type { FunctionWork, PreparedOptions, Work } from "./work.ts";
import type { CallQueue } from "./call-queue.ts";
import { isInCallbackOf } from "./callbacks.ts";
import { Dispatcher } from "./dispatcher.ts";
import { copied, prepare } from "./prepare.ts";
import { FAIL, HOLD, STOP, SUCCEED } from "./protocol.ts";
import { Queues } from "./queues.ts";
import { Session, type StepRunner } from "./session.ts";
import type { StartHost } from "./thread-host.ts";
import { withToldAsCause } from "./told-error.ts";

/** What bounds a pool. */
export interface PoolLimits {
  readonly limiter: CapacityLimiter | undefined;
  readonly maxThreads: number | undefined;
  readonly idleMs: number;
}

/** Everything of a thread pool that is there from its first call on. */
export class Engine implements StepRunner {
  readonly #dispatcher: Dispatcher;
  readonly #queues: Queues;
  readonly #sessions = new Set<Session>();

  constructor({ limiter, maxThreads, idleMs }: PoolLimits, startHost: StartHost) {
    this.#dispatcher = new Dispatcher(startHost, maxThreads ?? Infinity, idleMs, () =>
      this.#queues.crowded(),
    );
    this.#queues = new Queues(this.#dispatcher, limiter, maxThreads);
  }

  call(fn: UncheckedFunction, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const prepared = prepare(fn, args, options);
      this.run(prepared.work, prepared.options, undefined, resolve, reject);
    });
  }

  iterate(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
    count: number,
    sink: ItemSink,
  ): Opened {
    const prepared = prepare(fn, args, options, count);
    const iteration = new Session(this, prepared.options, "iteration");
    // A stack that is not written out yet holds on to the frames in it, and one of them is the iterator's.
    const site = prepared.options.site?.stack;
    const failure = (encoded: unknown): unknown => decodeThrown(encoded as EncodedThrown, site);
    return { iteration, first: iteration.begin(prepared.work, sink), failure };
  }

  async hold(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): Promise<HeldGenerator<unknown>> {
    const prepared = prepare(fn, args, options, HOLD);
    const { name } = prepared.options;
    const session = new Session(this, prepared.options, "held");
    const reply = await session.begin(prepared.work);
    if (reply.done) throw neverYielded(name);
    return {
      value: decodeValue(reply.value),
      async finish(verdict) {
        const last = await session.finish(...toldOf(verdict)).catch((error: unknown) => {
          throw verdict.kind === "failure" ? withToldAsCause(error, verdict.error) : error;
        });
        if (last?.hasYieldedAgain === true) throw yieldedTwice(name);
      },
    };
  }

  get statistics(): ThreadpoolStatistics {
    return this.#dispatcher.statistics;
  }

  prewarm(threads: number): Promise<void> {
    return this.#dispatcher.prewarm(threads);
  }

  /** Whether a callback of a call of this pool is what runs: the call waits for it. */
  get isInCallback(): boolean {
    return isInCallbackOf(this.#dispatcher);
  }

  async close(): Promise<void> {
    await this.#dispatcher.drain();
    this.#queues.end();
  }

  abort(reason: unknown): void {
    for (const session of this.#sessions) session.abort(reason);
    this.#dispatcher.abort(reason);
  }

  run(
    work: Work,
    options: PreparedOptions,
    home: Thread | undefined,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ): Call {
    const dispatcher = this.#dispatcher;
    const call = new Call(work, options, home, dispatcher, resolve, reject);
    dispatcher.entered();
    if (work.kind !== "resume" && hasContexts()) {
      try {
        call.work = { ...work, contexts: withinCall(call, captureContexts) };
      } catch (error) {
        call.reject(error);
        return call;
      }
    }
    if (work.kind === "resume" && work.step <= 0) dispatcher.submitStep(call);
    else dispatcher.submit(call, this.#queueFor(call));
    if (work.kind !== "resume" && call.thread === undefined && !call.settled) {
      call.work = copied(call.work as FunctionWork);
    }
    return call;
  }

  #queueFor({ work, options }: Call): CallQueue<Call> {
    return this.#queues.queueFor(
      work.kind === "resume" ? undefined : work.program,
      options.limiter,
    );
  }

  cutShort(call: Call, reason: unknown): void {
    this.#dispatcher.interrupter.cutShort(call, reason);
  }

  stop(call: Call, reason: unknown): void {
    this.#dispatcher.interrupter.stop(call, reason);
  }

  opened(session: Session): void {
    this.#sessions.add(session);
    this.#dispatcher.entered();
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
    this.#dispatcher.left();
  }
}

function toldOf(verdict: Verdict): [step: number, error: unknown] {
  if (verdict.kind === "failure") return [FAIL, verdict.error];
  return [verdict.kind === "success" ? SUCCEED : STOP, undefined];
}
