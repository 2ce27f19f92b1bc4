import { startRealTimer, stopRealTimer } from "../../host.ts";
import type { RealTimer } from "../../host/contract.ts";
import type { PendingCall } from "../pending-call.ts";
import { reportStuck } from "./reports.ts";
import type { PreparedOptions } from "./work.ts";

/** How long a function that asks whether it is cancelled has to stop, unless its caller says otherwise. */
const GRACE_MS = 50;
/** How long a generator may take to acquire what it is to hold, once it is not wanted any more. */
const SETUP_MS = 1000;
/** A thread that takes longer than this to end is in native code, which nothing can interrupt. */
const STUCK_MS = 1000;

/** A thread that runs a call. */
interface Thread {
  readonly mailbox: {
    /** Tells the function that it is cancelled. */
    flag(): void;
    /** Whether the function has asked. */
    readonly hasAsked: boolean;
  };
  /** Takes the call back; false if its function has begun. */
  withdraw(): boolean;
  /** Whether it has replied after all. */
  look(): boolean;
  terminate(): unknown;
}

/** A call that can be stopped. */
interface Call extends PendingCall {
  readonly thread: Thread | undefined;
  readonly options: Pick<PreparedOptions, "onCancel" | "ownScope" | "graceMs" | "name">;
  readonly work: { readonly kind: "run" | "begin" | "resume"; readonly step?: number };
}

/** Who gives calls to threads. */
interface Giver {
  /** A call has been taken back from a thread. */
  freed(thread: Thread, call: Call): void;
  /** A call has left its queue. */
  pump(): void;
}

/**
 * Stops calls: takes back what has not begun, tells a function that runs, and ends its thread if it does not listen.
 */
export class Interrupter {
  readonly #giver: Giver;
  readonly #onKill: () => void;
  readonly #graces = new Map<Call, RealTimer>();
  /** Threads that are being ended, and the watch on whether they do. */
  readonly #kills = new Map<Thread, RealTimer>();

  constructor(giver: Giver, onKill: () => void) {
    this.#giver = giver;
    this.#onKill = onKill;
  }

  /** What `onCancel` says. */
  cancel(call: Call, reason: unknown): void {
    if (this.#takeBack(call, reason)) return;
    const { onCancel, ownScope } = call.options;
    // A shield keeps out what comes from outside; the call's own deadline still counts.
    if (onCancel === "shield" && call.cancellation?.event?.source !== ownScope) return;
    call.thread!.mailbox.flag();
    if (onCancel === "abandon") call.reject(reason);
    else if (onCancel !== "cooperate") this.#interrupt(call, call.thread!);
  }

  /** Takes a call back or, if it runs, tells its function to stop. */
  cutShort(call: Call, reason: unknown): void {
    if (!this.#takeBack(call, reason)) call.thread!.mailbox.flag();
  }

  /** Stops a call in whatever mode, also one that its caller has abandoned. Its thread is ended if need be. */
  stop(call: Call, reason: unknown): void {
    if (!call.settled) call.cancellation ??= { reason, event: undefined };
    if (!this.#takeBack(call, reason)) this.#interrupt(call, call.thread!);
  }

  /** Ends a call that has not begun, or has ended; false if it runs. */
  #takeBack(call: Call, reason: unknown): boolean {
    const { thread } = call;
    if (thread === undefined) {
      call.reject(reason);
      this.#giver.pump();
    } else if (thread.withdraw()) {
      this.#giver.freed(thread, call);
      call.reject(reason);
    } else {
      return thread.look();
    }
    return true;
  }

  /** Ends the thread of a running call, now or when the function's time to stop by itself is over. */
  #interrupt(call: Call, thread: Thread): void {
    thread.mailbox.flag();
    const graceMs = call.options.graceMs ?? graceOf(call, thread);
    if (graceMs === 0) return this.#kill(call, thread);
    if (graceMs === Infinity || this.#graces.has(call)) return;
    const end = (): void => {
      this.#graces.delete(call);
      this.#kill(call, thread);
    };
    this.#graces.set(call, startRealTimer(end, graceMs));
  }

  settled(call: Call): void {
    if (this.#graces.size === 0) return;
    stopRealTimer(this.#graces.get(call));
    this.#graces.delete(call);
  }

  /** The thread has ended; says whether because of this. */
  ended(thread: Thread): boolean {
    stopRealTimer(this.#kills.get(thread));
    return this.#kills.delete(thread);
  }

  #kill(call: Call, thread: Thread): void {
    // It has ended, and its reply is there; or the thread ends already.
    if (call.thread !== thread || thread.look() || this.#kills.has(thread)) return;
    this.#kills.set(
      thread,
      startRealTimer(() => reportStuck(call), STUCK_MS),
    );
    thread.terminate();
    this.#onKill();
  }
}

function graceOf({ work, options, cancellation }: Call, thread: Thread): number {
  // What a setup is about to acquire is given back properly, unless there is no time left for that.
  const isOverdue = cancellation?.event?.kind === "deadline";
  if (options.onCancel === "finish-setup" && !isOverdue) return SETUP_MS;
  // An iteration looks whether it is cancelled after each item.
  const listens = work.kind !== "run" && (work.step ?? 0) > 0;
  return listens || thread.mailbox.hasAsked ? GRACE_MS : 0;
}
