import type { PoolLimits } from "../engine/contract.ts";
import { withinCall } from "../call-events.ts";
import { hasContexts } from "../call-context.ts";
import { Call, type Thread } from "./call.ts";
import { captureContexts } from "./contexts.ts";
import type { FunctionWork, PreparedOptions, Work } from "./work.ts";
import type { CallQueue } from "./call-queue.ts";
import { isInCallbackOf } from "./callbacks.ts";
import { Dispatcher } from "./dispatcher.ts";
import { copied, prepare } from "./prepare.ts";
import { PoolEngine } from "./pool-engine.ts";
import { Queues } from "./queues.ts";
import type { StartHost } from "./thread-host.ts";

/** Everything of a thread pool that is there from its first call on. */
export class Engine extends PoolEngine<FunctionWork> {
  readonly #dispatcher: Dispatcher;
  readonly #queues: Queues;

  constructor({ limiter, maxThreads, idleMs }: PoolLimits, startHost: StartHost) {
    super(prepare);
    this.#dispatcher = new Dispatcher(startHost, maxThreads ?? Infinity, idleMs, () =>
      this.#queues.crowded(),
    );
    this.#queues = new Queues(this.#dispatcher, limiter, maxThreads);
  }

  /** Whether a callback of a call of this pool is what runs: the call waits for it. */
  get isInCallback(): boolean {
    return isInCallbackOf(this.#dispatcher);
  }

  protected get _dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  async close(): Promise<void> {
    await this.#dispatcher.drain();
    this.#queues.end();
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

  cutShort(call: Call, reason: unknown): void {
    this.#dispatcher.interrupter.cutShort(call, reason);
  }

  stop(call: Call, reason: unknown): void {
    this.#dispatcher.interrupter.stop(call, reason);
  }

  #queueFor({ work, options }: Call): CallQueue<Call> {
    return this.#queues.queueFor(
      work.kind === "resume" ? undefined : work.program,
      options.limiter,
    );
  }
}
