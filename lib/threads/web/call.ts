import type { Cancellation } from "../../scope/cancellation.ts";
import type { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { Permit } from "../../sync/permit.ts";
import { withinCall } from "../call-events.ts";
import { PendingCall } from "../pending-call.ts";
import type { CallList } from "../pool/call-list.ts";
import type { QueuedCall } from "../pool/call-queue.ts";
import type { PreparedOptions } from "../pool/work.ts";
import type { ItemSink } from "../thread-iterator.ts";
import type { WebThread } from "./web-thread.ts";
import type { Work } from "./work.ts";

export type Thread = WebThread<WebCall>;

/** Who decides what becomes of a call that its scope cancels, and hears of its end. */
interface Keeper {
  cancel(call: WebCall, reason: unknown): void;
  settled(call: WebCall): void;
}

/** One call, or one step of a session, from the queue to its end. */
export class WebCall extends PendingCall implements QueuedCall<WebCall> {
  list: CallList<WebCall> | undefined = undefined;
  before: WebCall | undefined = undefined;
  after: WebCall | undefined = undefined;
  permit: Permit | undefined = undefined;
  limiter: CapacityLimiter | undefined = undefined;

  work: Work;
  readonly options: PreparedOptions;
  /** The thread that it has to run in, if it continues a session. */
  readonly home: Thread | undefined;
  /** The thread that runs it. */
  thread: Thread | undefined = undefined;
  /** The thread that runs it, or ran it. */
  host: Thread | undefined = undefined;
  /** Its number there. */
  number = 0;
  sink: ItemSink | undefined = undefined;
  hasReplied = false;
  readonly #keeper: Keeper;

  constructor(
    work: Work,
    options: PreparedOptions,
    home: Thread | undefined,
    keeper: Keeper,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    super(options.name, options.scope, resolve, reject);
    this.work = work;
    this.options = options;
    this.home = home;
    this.#keeper = keeper;
  }

  /** Hands on what the function has given to `progress()`. If that throws, the call is cancelled. */
  report(value: unknown): void {
    const { links } = this.options;
    if (links?.onProgress === undefined || this.settled) return;
    try {
      withinCall(this, () => links.onProgress!(value), links.context);
    } catch (error) {
      if (this.failure !== undefined) return;
      this.failure = { error };
      // One that is cancelled already ends in its own way.
      if (this.cancellation !== undefined) return;
      this.cancellation = { reason: error, event: undefined };
      this.#keeper.cancel(this, error);
    }
  }

  override _waitsFor(): string {
    return `"${this.options.name}" in a worker`;
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
