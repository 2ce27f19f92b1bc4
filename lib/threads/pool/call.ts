import type { Cancellation } from "../../scope/cancellation.ts";
import type { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { Permit } from "../../sync/permit.ts";
import { PendingCall } from "../pending-call.ts";
import type { ItemSink } from "../thread-iterator.ts";
import type { CallList } from "./call-list.ts";
import type { CallQueue, QueuedCall } from "./call-queue.ts";
import type { PoolThread, ThreadCall } from "./pool-thread.ts";
import type { PreparedOptions, Work } from "./work.ts";

/** A thread of the pool. */
export type Thread = PoolThread<Call>;

/** Who decides what becomes of a call that its scope cancels, and hears of its end. */
export interface CallKeeper {
  cancel(call: Call, reason: unknown): void;
  settled(call: Call): void;
}

/**
 * One call, from the queue to its end.
 *
 * ```
 *   queued ──▶ in a thread's mailbox ──▶ settled
 *     ▲                │
 *     └────────────────┘  the thread ended before it had begun the call
 * ```
 */
export class Call extends PendingCall implements QueuedCall<Call>, ThreadCall {
  /** Links of the list that it stands in. */
  list: CallList<Call> | undefined = undefined;
  before: Call | undefined = undefined;
  after: Call | undefined = undefined;
  /** When it came, counted in calls. */
  arrival = 0;

  work: Work;
  readonly options: PreparedOptions;
  /** The thread that it has to run in, if it continues a session. */
  readonly home: Thread | undefined;
  /** The thread in whose mailbox it is. */
  thread: Thread | undefined = undefined;
  /** The thread that has it, or had it last. */
  host: Thread | undefined = undefined;
  /** Its number there. */
  number = 0;
  /** The queue that it came from. */
  queue: CallQueue<Call> | undefined = undefined;
  /** Held while it runs, unless it waits for an answer from this thread. */
  permit: Permit | undefined = undefined;
  /** Where the permit is from. */
  limiter: CapacityLimiter | undefined = undefined;
  /** Gets what its step sends. */
  sink: ItemSink | undefined = undefined;
  /** A callback that runs on the main thread for it. */
  answering: Promise<void> | undefined = undefined;
  /** How often a thread ended that had it and had not begun it. */
  attempts = 0;
  /** Whether its function, or its step, has run to an end. */
  hasReplied = false;
  readonly #keeper: CallKeeper;

  constructor(
    work: Work,
    options: PreparedOptions,
    home: Thread | undefined,
    keeper: CallKeeper,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    super(options.name, options.scope, resolve, reject);
    this.work = work;
    this.options = options;
    this.home = home;
    this.#keeper = keeper;
  }

  override _waitsFor(): string {
    return `"${this.options.name}" in a worker thread`;
  }

  override _withdraw(): void {
    this.list?.remove(this);
  }

  /** That of a step is for the session. */
  protected override _resultOf(value: unknown): unknown {
    return this.work.kind === "run" ? value : undefined;
  }

  protected override _isOwn({ source }: Cancellation): boolean {
    return source === this.options.ownScope;
  }

  protected override _cancelled(reason: unknown): void {
    this.#keeper.cancel(this, reason);
  }

  protected override _ended(): void {
    this.list?.remove(this);
    this.#keeper.settled(this);
    // That of a session ends with the session.
    if (this.work.kind === "run") this.options.ownScope?._end();
  }
}

/** Whether the call is likely to be over before a message of it would arrive. */
export function isQuick({ work }: Call): boolean {
  return work.kind === "run" && work.program.isQuick;
}

/** Whether memory has moved with a call that was given to a thread. */
export function hasMoved({ work }: Call): boolean {
  return work.kind !== "resume" && work.transfer !== undefined;
}
