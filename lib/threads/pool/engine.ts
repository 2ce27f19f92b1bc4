import type { UncheckedFunction } from "../any-function.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import type { Engine as EngineContract, PoolLimits } from "../engine/contract.ts";
import type { RunOptions, ThreadpoolStatistics } from "../executor.ts";
import type { HeldGenerator } from "../held-generator.ts";
import type { ItemSink, Opened } from "../thread-iterator.ts";
import { withinCall } from "../call-events.ts";
import { hasContexts } from "../call-context.ts";
import { Call, type Thread } from "./call.ts";
import { captureContexts } from "./contexts.ts";
import type { FunctionWork, PreparedOptions, Work } from "./work.ts";
import type { CallQueue } from "./call-queue.ts";
import { isInCallbackOf } from "./callbacks.ts";
import { Dispatcher } from "./dispatcher.ts";
import { hold } from "./hold.ts";
import { copied, prepare } from "./prepare.ts";
import { HOLD } from "./protocol.ts";
import { Queues } from "./queues.ts";
import { Session, type StepRunner } from "./session.ts";
import type { StartHost } from "./thread-host.ts";

/** Everything of a thread pool that is there from its first call on. */
export class Engine implements EngineContract, StepRunner<FunctionWork> {
  readonly #dispatcher: Dispatcher;
  readonly #queues: Queues;
  readonly #sessions = new Set<Session<FunctionWork>>();

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
    return await hold(
      new Session(this, prepared.options, "held"),
      prepared.work,
      prepared.options.name,
    );
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

  opened(session: Session<FunctionWork>): void {
    this.#sessions.add(session);
    this.#dispatcher.entered();
  }

  closed(session: Session<FunctionWork>): void {
    this.#sessions.delete(session);
    this.#dispatcher.left();
  }
}
