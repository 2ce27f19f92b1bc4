import type { Call, Thread } from "./call.ts";
import type { FunctionWork } from "./work.ts";
import { CallList } from "./call-list.ts";
import { lostSession } from "./endings.ts";

/** So many threads hold what is suspended, each for one session, or as many as work at once if that is more. */
const MOST_PLACES = 16;

/**
 * Where sessions may begin. A suspended session has a thread to itself: one whose setup waits for what another one
 * holds would keep the other's verdict from its thread for ever.
 *
 * There are so many threads for that and no more. When all are taken, a session waits for one; but if none of those
 * threads does anything, so that nothing would ever become free by itself, it shares one with sessions of other
 * functions.
 */
export class SessionPlaces {
  readonly #threads: ReadonlySet<Thread>;
  readonly #most: number;
  /** Puts a call back to the head of its queue. */
  readonly #requeue: (call: Call) => void;
  /** Calls that would begin one. */
  readonly #begins: CallList<Call> = new CallList();
  /** Steps that stand behind another session's in a shared thread. */
  readonly #steps = new Map<Thread, Call[]>();

  constructor(threads: ReadonlySet<Thread>, mostWorking: number, requeue: (call: Call) => void) {
    this.#threads = threads;
    this.#requeue = requeue;
    this.#most = mostWorking === Infinity ? MOST_PLACES : Math.max(MOST_PLACES, mostWorking);
  }

  /** How many calls wait here. */
  get waiting(): number {
    let steps = 0;
    for (const list of this.#steps.values()) steps += list.length;
    return this.#begins.size + steps;
  }

  get isFull(): boolean {
    let taken = 0;
    for (const thread of this.#threads) if (isPlace(thread)) taken += 1;
    return taken >= this.#most;
  }

  /** A thread to share, if nothing goes on in any of them. */
  shared(work: FunctionWork): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (!isPlace(thread)) continue;
      if (thread.call !== undefined) return undefined;
      if (!thread.isFree) continue;
      if (best === undefined || rank(thread, work) < rank(best, work)) best = thread;
    }
    return best;
  }

  wait(call: Call): void {
    this.#begins.push(call);
  }

  /** Lets the next one try again, if that may help. */
  revive(): boolean {
    const call = this.#begins.first;
    if (call === undefined) return false;
    if (this.isFull && this.shared(call.work as FunctionWork) === undefined) return false;
    this.#begins.remove(call);
    this.#requeue(call);
    return true;
  }

  park(call: Call): void {
    const home = call.home!;
    const steps = this.#steps.get(home);
    if (steps === undefined) this.#steps.set(home, [call]);
    else steps.push(call);
  }

  /** The thread is free: what stands behind it is the next in its queue. */
  unpark(thread: Thread): void {
    const steps = this.#steps.get(thread);
    if (steps === undefined) return;
    this.#steps.delete(thread);
    for (const step of steps.toReversed()) if (!step.settled) this.#requeue(step);
  }

  lost(thread: Thread, error: unknown): void {
    for (const step of this.#steps.get(thread) ?? []) step.reject(lostSession(error));
    this.#steps.delete(thread);
  }

  abort(reason: unknown): void {
    for (let call = this.#begins.first; call !== undefined; call = this.#begins.first) {
      call.reject(reason);
    }
    for (const steps of this.#steps.values()) for (const step of steps) step.reject(reason);
    this.#steps.clear();
  }
}

function isPlace({ sessions, call }: Thread): boolean {
  return sessions > 0 || call?.work.kind === "begin";
}

function rank({ sessions, functions }: Thread, { program }: FunctionWork): number {
  return sessions + (functions.has(program) ? 1_000 : 0);
}
