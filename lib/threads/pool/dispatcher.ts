import type { ThreadpoolStatistics } from "../executor.ts";
import { type Call, type CallKeeper, hasMoved, isQuick, type Thread } from "./call.ts";
import type { CallQueue } from "./call-queue.ts";
import { callBack, Unanswered } from "./callbacks.ts";
import { announceGiven } from "../call-events.ts";
import { exited, lostSession, MOST_ATTEMPTS, movedAway, neverBegun, unstarted } from "./endings.ts";
import { Interrupter } from "./interrupter.ts";
import { KeepAlive } from "./keep-alive.ts";
import { type Ending, PoolThread, type ThreadKeeper } from "./pool-thread.ts";
import { Permits } from "./permits.ts";
import type { PoolReport, ReportingPool } from "./pool-reports.ts";
import { asSource, refusalOf } from "./prepare.ts";
import { reportLateError } from "./reports.ts";
import { SessionPlaces } from "./session-places.ts";
import type { StartHost } from "./thread-host.ts";
import { Threads } from "./threads.ts";
import { WaitingQueues } from "./waiting-queues.ts";
import { maySpin, Watch } from "./watch.ts";

/** Brings together a call, a permit and a free thread. Nothing is decided before all three are there. */
export class Dispatcher implements ThreadKeeper<Call>, CallKeeper, ReportingPool {
  readonly #threads: Threads;
  readonly #mostWorking: number;
  readonly #watch = new Watch(() => this.pump());
  readonly interrupter: Interrupter = new Interrupter(this, () => this.#threads.keepSpare());
  readonly #places: SessionPlaces;
  readonly #keepAlive = new KeepAlive();
  readonly #waiting = new WaitingQueues();
  readonly #onCrowded: (() => void) | undefined;
  readonly #permits = new Permits(() => this.pump());
  #arrivals = 0;
  #isPumping = false;
  #isDue = false;
  readonly #unanswered = new Unanswered();
  #completed = 0;
  /** Resolves when there is nothing left to wait for. */
  #onQuiet: (() => void) | undefined;

  /**
   * @param mostWorking - how many threads may work at once, whatever the limiters allow
   * @param onCrowded - called when calls wait for want of permits
   */
  constructor(
    startHost: StartHost,
    mostWorking: number,
    idleMs: number,
    onCrowded: (() => void) | undefined,
  ) {
    this.#mostWorking = mostWorking;
    this.#onCrowded = onCrowded;
    const isWanted = (): boolean => this.#waiting.size > 0;
    this.#threads = new Threads(idleMs, isWanted, this, () => new PoolThread(this, startHost));
    // The first one is needed at once, whatever comes of the first call.
    this.#threads.start();
    this.#places = new SessionPlaces(this.#threads.all, mostWorking, (call) => this.#requeue(call));
  }

  get statistics(): ThreadpoolStatistics {
    let running = 0;
    let queued = this.#places.waiting + this.#waiting.calls;
    for (const { call, steps } of this.#threads.all) {
      if (call !== undefined) running += 1;
      queued += steps.length;
    }
    return { running, queued, completed: this.#completed, threads: this.#threads.count };
  }

  get report(): PoolReport {
    const threads = Array.from(this.#threads.all, (thread) => thread.report);
    return { ...this.statistics, threads };
  }

  /** Somebody waits for the call, or for what it begins. */
  entered(): void {
    this.#keepAlive.add();
  }

  submit(call: Call, queue: CallQueue<Call>): void {
    call.queue = queue;
    call.arrival = ++this.#arrivals;
    queue.calls.push(call);
    this.#waiting.add(queue);
    this.pump();
  }

  /** Submits a step that needs no permit: whoever has one might wait for what the step ends. */
  submitStep(call: Call): void {
    const thread = call.home!;
    if (thread.phase !== "up") return call.reject(lostSession());
    thread.steps.push(call);
    if (thread.isFree) this.#vacate(thread);
  }

  /** Gives out calls as far as permits and threads allow. */
  pump(): void {
    this.#isDue = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#isDue) {
      this.#isDue = false;
      while (this.#giveNext());
      if (this.#places.revive()) this.#isDue = true;
    }
    this.#isPumping = false;
    this.#waiting.settle();
    if (this.#waiting.size > 0) {
      this.#onCrowded?.();
      this.#startThreads();
    } else {
      this.#threads.rest();
    }
    this.#checkQuiet();
  }

  #giveNext(): boolean {
    for (const queue of this.#waiting.inOrder()) {
      const call = queue.calls.first;
      if (call === undefined) continue;
      const { home, work } = call;
      if (home !== undefined && home.phase !== "up") {
        call.reject(lostSession());
        return true;
      }
      if (home !== undefined && !home.isFree) {
        queue.calls.remove(call);
        this.#places.park(call);
        return true;
      }
      let thread = home ?? this.#threads.idle.at(-1);
      if (work.kind === "begin" && this.#places.isFull) {
        thread = this.#places.shared(work);
        if (thread === undefined) {
          queue.calls.remove(call);
          this.#places.wait(call);
          return true;
        }
      } else if (home === undefined && this.#isHeldBack(call)) continue;
      if (thread === undefined) queue.reserve();
      if (thread === undefined || !queue.permit(call)) continue;
      queue.calls.remove(call);
      this.#give(call, thread);
      return true;
    }
    return false;
  }

  /**
   * Whether a call has to wait, be there a thread or not: for others to end, or, if it is a quick one, until this
   * thread can look for its reply, which takes no longer than a message.
   */
  #isHeldBack(call: Call): boolean {
    if (this.#permits.working >= this.#mostWorking) return true;
    return maySpin && isQuick(call) && !this.#watch.hasRoom;
  }

  /** The call has its permit. */
  #give(call: Call, thread: Thread): void {
    this.#permits.working += 1;
    this.#threads.take(thread);
    this.#put(call, thread);
  }

  #put(call: Call, thread: Thread): void {
    const isWatched = isQuick(call) && this.#watch.hasRoom && this.#watch.pays;
    call.thread = call.host = thread;
    try {
      thread.give(call, isWatched, isWatched && this.#watch.isActive);
      announceGiven(call, thread.id);
      if (isWatched) this.#watch.add(thread);
    } catch (error) {
      this.#release(call);
      this.#vacate(thread);
      call.reject(refusalOf(call.work, error));
    }
  }

  #release(call: Call): void {
    call.thread = undefined;
    this.#permits.release(call);
  }

  /** The thread has no call: it goes on with a step, or is there for others. */
  #vacate(thread: Thread): void {
    if (!thread.isFree) return;
    for (let step = thread.steps.shift(); step !== undefined; step = thread.steps.shift()) {
      if (step.settled) continue;
      return this.#put(step, thread);
    }
    this.#places.unpark(thread);
    if (thread.sessions === 0) this.#threads.put(thread);
  }

  #startThreads(): void {
    const threads = this.#threads;
    const wanted = Math.min(
      this.#waiting.wanted((call) => this.#isHeldBack(call)) - threads.idle.length,
      this.#mostWorking - this.#permits.working,
    );
    while (threads.starting < wanted && !threads.isFull) threads.start();
  }

  started(thread: Thread): void {
    this.#threads.started(thread);
    this.pump();
  }

  async prewarm(count: number): Promise<void> {
    this.entered();
    try {
      await this.#threads.prewarm(count);
    } finally {
      this.left();
    }
  }

  freed(thread: Thread, call: Call): void {
    this.#watch.delete(thread);
    if (isQuick(call)) this.#watch.heard();
    thread.isLent = false;
    this.#release(call);
    this.#vacate(thread);
    this.pump();
  }

  unloaded(thread: Thread, call: Call, error: unknown): void {
    const canGoAsSource = this.#makeSource(call);
    if (canGoAsSource) this.#requeue(call);
    this.freed(thread, call);
    if (!canGoAsSource) call.reject(error);
  }

  /** Has a call's declared function sent as source from now on; false if that is not possible. */
  #makeSource(call: Call): boolean {
    const { work } = call;
    if (work.kind === "resume" || work.program.code.kind !== "declared") return false;
    if (call.settled || hasMoved(call)) return false;
    work.program.isUnloadable = true;
    try {
      call.work = asSource(work);
      return true;
    } catch {
      return false;
    }
  }

  #requeue(call: Call): void {
    call.queue!.calls.unshift(call);
    this.#waiting.add(call.queue!);
  }

  cancel(call: Call, reason: unknown): void {
    this.interrupter.cancel(call, reason);
  }

  failed(call: Call, error: unknown): void {
    if (call.failure !== undefined || call.settled) return;
    call.failure = { error };
    // One that is cancelled already ends in its own way.
    if (call.cancellation !== undefined) return;
    call.cancellation = { reason: error, event: undefined };
    if (call.options.onCancel === "shield") this.interrupter.cutShort(call, error);
    else this.interrupter.cancel(call, error);
  }

  settled(call: Call): void {
    this.#completed += 1;
    this.interrupter.settled(call);
    this.left();
  }

  /** Nobody waits for something any more. */
  left(): void {
    this.#keepAlive.delete();
    this.#checkQuiet();
  }

  callBack(thread: Thread, call: Call, fn: (...args: unknown[]) => unknown, args: unknown[]): void {
    callBack(this, this.#permits, thread, call, fn, args);
  }

  ended(thread: Thread, ending: Ending): void {
    const wasKilled = this.interrupter.ended(thread);
    this.#threads.forget(thread);
    this.#watch.delete(thread);
    const { call } = thread;
    const isOfCall = call !== undefined && thread.mailbox.isRunning;
    if (!thread.hasStarted) this.#unstarted(ending);
    else if (ending.error !== undefined && !isOfCall) reportLateError(ending.error);
    if (call !== undefined) this.#orphan(call, isOfCall, ending);
    for (const step of thread.steps.splice(0)) step.reject(lostSession(ending.error));
    this.#places.lost(thread, ending.error);
    for (const session of thread.held) session.lost(ending.error);
    if (wasKilled) this.#threads.keepSpare();
    this.pump();
  }

  #unstarted(ending: Ending): void {
    this.#threads.failed(unstarted(ending));
    if (this.#threads.isEnding) return;
    for (const queue of this.#waiting.inOrder()) {
      const call = queue.calls.first;
      if (call !== undefined && call.home === undefined) return call.reject(unstarted(ending));
    }
  }

  /** What becomes of a call whose thread has ended. Nothing runs twice. */
  #orphan(call: Call, hasBegun: boolean, ending: Ending): void {
    this.#release(call);
    if (call.settled) return;
    const { cancellation, answering } = call;
    if (cancellation !== undefined) {
      this.#unanswered.settle(answering, () => call.reject(cancellation.reason));
    } else if (call.home !== undefined) call.reject(lostSession(exited(ending)));
    else if (hasBegun) call.reject(exited(ending));
    else if (hasMoved(call)) call.reject(movedAway(ending));
    else if (++call.attempts >= MOST_ATTEMPTS) call.reject(neverBegun(ending));
    else this.#requeue(call);
  }

  /** Calls that run with a limiter's permit. */
  callsUnder(limiter: object): Call[] {
    const calls: Call[] = [];
    for (const { call } of this.#threads.all) {
      if (call?.permit !== undefined && call.limiter === limiter) calls.push(call);
    }
    return calls;
  }

  /** Waits until every call has ended, then ends the threads. That no more come is the caller's business. */
  async drain(): Promise<void> {
    const quiet = new Promise<void>((resolve) => (this.#onQuiet = resolve));
    this.#checkQuiet();
    await quiet;
    this.#keepAlive.add();
    await this.#threads.end();
    this.#keepAlive.end();
  }

  #checkQuiet(): void {
    if (!this.#keepAlive.isNeeded) this.#onQuiet?.();
  }

  /** Cancels every call, in whatever mode. */
  abort(reason: unknown): void {
    this.#unanswered.end();
    this.#waiting.abort(reason);
    this.#places.abort(reason);
    for (const { call } of this.#threads.all) {
      if (call === undefined) continue;
      // A session that ends already has its own time for it.
      if (call.work.kind === "resume" && call.work.step <= 0) continue;
      this.interrupter.stop(call, reason);
    }
    this.pump();
  }
}
