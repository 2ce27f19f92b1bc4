import { type CapacityLimiter, ownLimiter } from "../../sync/capacity-limiter.ts";
import { announceGiven } from "../call-events.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { decodeValue } from "../codec/values.ts";
import type { PoolLimits } from "../engine/contract.ts";
import type { ThreadpoolStatistics } from "../executor.ts";
import { CallQueue } from "../pool/call-queue.ts";
import { exited, lostSession, unstarted } from "../pool/endings.ts";
import { Interrupter } from "../pool/interrupter.ts";
import { reportLateError } from "../pool/reports.ts";
import type { Thread, WebCall } from "./call.ts";
import { messageOf, refusalOf } from "./messages.ts";
import { processors } from "./page.ts";
import type { Outcome } from "./protocol.ts";
import { type Ending, WebThread } from "./web-thread.ts";

/** Brings together a call, a permit and a free worker. Nothing is decided before all three are there. */
export class WebDispatcher {
  readonly interrupter: Interrupter = new Interrupter(this, () => {});
  readonly #url: () => Promise<string>;
  readonly #onUnloaded: (call: WebCall, failure: unknown) => void;
  readonly #mostThreads: number;
  readonly #idleMs: number;
  readonly #limiter: CapacityLimiter;
  /** Whether others may use the limiter as well. */
  readonly #isLimiterGiven: boolean;
  readonly #threads = new Set<Thread>();
  readonly #queues = new Map<CapacityLimiter, CallQueue<WebCall>>();
  /** Those that have not settled. */
  readonly #calls = new Set<WebCall>();
  /** Sessions, and whoever else waits for threads. */
  #others = 0;
  #completed = 0;
  #onChange: (() => void)[] = [];
  #lastFailure: Ending | undefined;

  /**
   * @param url - gives that of the program of a worker
   * @param onUnloaded - told of a call whose function a worker could not import
   */
  constructor(
    { limiter, maxThreads, idleMs }: PoolLimits,
    url: () => Promise<string>,
    onUnloaded: (call: WebCall, failure: unknown) => void,
  ) {
    this.#url = url;
    this.#onUnloaded = onUnloaded;
    this.#mostThreads = maxThreads ?? Infinity;
    this.#idleMs = idleMs;
    this.#limiter = limiter ?? ownLimiter(maxThreads ?? processors());
    this.#isLimiterGiven = limiter !== undefined;
  }

  get statistics(): ThreadpoolStatistics {
    const busy = [...this.#threads].filter(({ call }) => call !== undefined);
    const unsettled = busy.filter(({ call }) => call?.settled === false);
    return {
      running: busy.length,
      queued: this.#calls.size - unsettled.length,
      completed: this.#completed,
      threads: this.#threads.size,
    };
  }

  /** A call is there, and may have to be made ready. */
  add(call: WebCall): void {
    this.#calls.add(call);
  }

  submit(call: WebCall): void {
    const { work, home } = call;
    // Whoever has a permit might wait for what a last step ends.
    if (work.kind === "resume" && work.step <= 0) return this.#give(call, home!);
    const limiter = call.options.limiter ?? this.#limiter;
    let queue = this.#queues.get(limiter);
    if (queue === undefined) {
      const isShared = limiter !== this.#limiter || this.#isLimiterGiven;
      queue = new CallQueue([limiter], isShared, () => this.pump());
      this.#queues.set(limiter, queue);
    }
    queue.calls.push(call);
    this.pump();
  }

  pump(): void {
    for (const [limiter, queue] of this.#queues) {
      for (let call = queue.calls.first; call !== undefined; call = queue.calls.first) {
        const thread = call.home ?? this.#freeThread();
        if (thread === undefined) {
          this.#startFor(queue);
          break;
        }
        if (!queue.permit(call)) break;
        queue.calls.remove(call);
        this.#give(call, thread);
      }
      if (queue.calls.first !== undefined) continue;
      queue.rest();
      this.#queues.delete(limiter);
    }
    this.#changed();
  }

  cancel(call: WebCall, reason: unknown): void {
    this.interrupter.cancel(call, reason);
  }

  settled(call: WebCall): void {
    this.#calls.delete(call);
    this.#completed++;
    this.interrupter.settled(call);
    this.#changed();
  }

  started(thread: Thread): void {
    this.pump();
    if (thread.call === undefined) thread.rest(this.#idleMs);
  }

  freed(thread: Thread, call: WebCall): void {
    call.thread = undefined;
    call.permit?.release();
    call.permit = undefined;
    thread.rest(this.#idleMs);
  }

  replied(thread: Thread, call: WebCall, outcome: Outcome, value: unknown): void {
    call.hasReplied = true;
    this.freed(thread, call);
    try {
      if (outcome === "unloaded" && call.work.kind !== "resume" && !call.settled) {
        this.#onUnloaded(call, decodeThrown(value as EncodedThrown));
      } else if (outcome !== "returned") {
        call.rejectThrown(decodeThrown(value as EncodedThrown, call.options.site?.stack));
      } else call.resolve(call.work.kind === "run" ? decodeValue(value) : value);
    } catch (error) {
      call.reject(error);
    }
    this.pump();
  }

  told(call: WebCall, kind: "progress" | "item", value: unknown): void {
    if (kind === "progress") call.report(decodeValue(value));
    else call.sink?.(decodeValue(value));
  }

  idle(thread: Thread): void {
    thread.terminate();
  }

  ended(thread: Thread, ending: Ending): void {
    this.#threads.delete(thread);
    this.interrupter.ended(thread);
    const { call } = thread;
    if (call !== undefined) {
      this.freed(thread, call);
      this.#orphan(call, ending);
    } else if (!thread.hasStarted) this.#unstarted(ending);
    else if (ending.error !== undefined) reportLateError(ending.error);
    for (const session of thread.held) session.lost(ending.error);
    this.pump();
  }

  async prewarm(threads: number): Promise<void> {
    this.entered();
    try {
      while (this.#threads.size < threads) this.#start();
      await this.#until(() => [...this.#threads].every(({ hasStarted }) => hasStarted));
      if (this.#threads.size < threads) throw unstarted(this.#lastFailure!);
    } finally {
      this.left();
    }
  }

  entered(): void {
    this.#others++;
  }

  left(): void {
    this.#others--;
    for (const thread of this.#threads) if (thread.call === undefined) thread.rest(this.#idleMs);
    this.pump();
  }

  abort(reason: unknown): void {
    const running = [...this.#threads].flatMap(({ call }) => call ?? []);
    for (const call of new Set([...this.#calls, ...running])) this.interrupter.stop(call, reason);
  }

  /** Waits until every call has ended, then ends the workers. */
  async drain(): Promise<void> {
    const isBusy = ({ call }: Thread): boolean => call !== undefined;
    await this.#until(
      () => this.#calls.size + this.#others === 0 && ![...this.#threads].some(isBusy),
    );
    for (const thread of this.#threads) thread.terminate();
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) {
      if (thread.phase === "up" && thread.call === undefined && thread.held.size === 0)
        return thread;
    }
    return undefined;
  }

  /** Starts as many workers as could have a call of the queue at once. */
  #startFor(queue: CallQueue<WebCall>): void {
    queue.reserve();
    let wanted = Math.min(queue.calls.size, queue.permits);
    let most = this.#mostThreads;
    for (const { phase, held } of this.#threads) {
      if (phase === "starting") wanted--;
      if (held.size === 0) most--;
    }
    for (; wanted > 0 && most > 0; wanted--, most--) this.#start();
  }

  #start(): void {
    this.#threads.add(new WebThread(this.#url(), this));
  }

  #give(call: WebCall, thread: Thread): void {
    const { work } = call;
    call.number = thread.nextNumber();
    try {
      const transfer = work.kind === "resume" ? [] : work.transfer;
      thread.give(call, messageOf(call.number, work), transfer);
    } catch (failure) {
      this.freed(thread, call);
      return call.reject(refusalOf(work, failure));
    }
    call.thread = call.host = thread;
    announceGiven(call, thread.id);
  }

  #unstarted(ending: Ending): void {
    this.#lastFailure = ending;
    for (const { calls } of this.#queues.values()) {
      const { first } = calls;
      if (first !== undefined && first.home === undefined) return first.reject(unstarted(ending));
    }
  }

  #orphan(call: WebCall, ending: Ending): void {
    const { cancellation } = call;
    if (cancellation !== undefined) call.reject(cancellation.reason);
    else if (call.home !== undefined) call.reject(lostSession(exited(ending)));
    else call.reject(exited(ending));
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#onChange.push(resolve));
  }

  #changed(): void {
    for (const tell of this.#onChange.splice(0)) tell();
  }
}
