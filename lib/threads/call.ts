import type { AsyncResource } from "node:async_hooks";
import { Branch, link, type Trunk, unlink } from "../scope/branch.ts";
import type { Scope } from "../scope/scope.ts";
import { type Cancellation, echoes, isAbortError } from "../scope/cancellation.ts";
import type { CapacityLimiter } from "../sync/capacity-limiter.ts";
import { announceOffload, announceReturn } from "./call-events.ts";
import type { AnyFunction } from "./callback.ts";
import type { Queueable } from "./call-queue.ts";
import type { OnCancel } from "./executor.ts";
import type { Program } from "./program.ts";
import type { FinishMessage } from "./protocol.ts";

/** What a call does in the worker. */
export type Work =
  | {
      readonly kind: "call";
      readonly fn: AnyFunction;
      readonly program: Program;
      readonly values: unknown;
      /** Encoded. */
      readonly args: unknown;
      readonly transfer: readonly unknown[] | undefined;
      /** Above 0: how many items of an iteration are wanted at first. `HOLD`: a generator is to be held. */
      readonly batch: number;
      /** The key of the first argument that takes the result of the call before it. */
      readonly into?: string;
    }
  | { readonly kind: "next"; readonly batch: number }
  | { readonly kind: "stop" }
  | {
      readonly kind: "finish";
      readonly resident: number;
      readonly verdict: FinishMessage[3];
      /** Encoded. */
      readonly thrown: unknown;
    };

/** Stands for an iteration's place: the thread that it has to itself. */
export class Seat {
  /** Makes the class differ from others without members. */
  declare readonly brand: "seat";
}

/** What a call's function can reach on the main thread while it runs. */
export interface Links {
  readonly callbacks: readonly AnyFunction[];
  readonly onProgress: ((value: unknown) => void) | undefined;
  /** Both run in the context of the caller. */
  readonly context: AsyncResource;
}

export interface CallOptions {
  readonly scope: Trunk | null;
  /** `scope`, if it was made for this call and ends with it. */
  readonly ownScope: Scope | null;
  readonly limiter: CapacityLimiter | undefined;
  readonly onCancel: OnCancel;
  readonly graceMs: number | undefined;
  readonly links: Links | undefined;
  /** For reports. */
  readonly name: string;
  /** Where it was called; its `stack` is made only if an error needs it. */
  readonly site: { readonly stack?: string } | undefined;
}

/** Has a call sent right behind another, before anybody has made it. */
export interface Piped {
  /** Whether somebody has made it. */
  readonly isClaimed: boolean;
  /** It has not begun and never will, from here. Says whether it is to be made in the usual way now. */
  decline(): boolean;
}

/** Why a call is to stop: an event of its scope, or something that went wrong around it. */
export interface CallCancellation {
  readonly reason: unknown;
  readonly event: Cancellation | undefined;
}

/** Who decides what becomes of a call that its scope cancels, and hears of its end. */
export interface CancelHandler {
  cancel(call: Call, reason: unknown): void;
  settled(call: Call): void;
}

/**
 * One call, from the queue to its end. It hangs below the scope that it waits under and settles once.
 *
 * ```
 *   queued ──▶ given to a lane (it has a sequence number) ──▶ settled
 *     ▲                 │
 *     └─────────────────┘  its thread ended before the call began
 * ```
 */
export class Call extends Branch implements Queueable<Call> {
  /** Links of the queue that it stands in. */
  queue: Queueable<Call>["queue"];
  before: Call | undefined;
  after: Call | undefined;

  work: Work;
  options: CallOptions;
  /** Calls that are sent right behind it, each with the result of the one before. */
  behind: readonly Call[] | undefined;
  /** What has it sent right behind another, until it goes its own way. */
  pipe: Piped | undefined;
  /** The place of the iteration that it belongs to. */
  readonly seat: Seat | undefined;
  /** Its number on the lane that has it; 0 while none has. */
  sequence = 0;
  /** A callback that runs on the main thread for it. */
  answering: Promise<void> | undefined;
  /** How often a thread took it and ended before it began. */
  attempts = 0;
  settled = false;
  /** Set once its cancellation has reached a running function. */
  cancellation: CallCancellation | undefined;
  readonly #handler: CancelHandler;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    work: Work,
    options: CallOptions,
    seat: Seat | undefined,
    handler: CancelHandler,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    super();
    this.work = work;
    this.options = options;
    this.seat = seat;
    this.#handler = handler;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Somebody waits for it from now on. */
  enter(): void {
    const { name, scope } = this.options;
    if (scope !== null) link(this, scope);
    announceOffload(this, name, scope);
  }

  /** Nobody waits for it any more. */
  leave(): void {
    announceReturn(this);
    unlink(this);
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  /** Ends a call whose function threw: with the reason if what it threw is its own cancellation coming back. */
  rejectThrown(error: unknown): void {
    const { cancellation } = this;
    this.reject(
      cancellation !== undefined && isEcho(error, cancellation) ? cancellation.reason : error,
    );
  }

  override _waitsFor(): string {
    return `"${this.options.name}" in a worker thread`;
  }

  override _withdraw(): void {
    this.queue?.remove(this);
  }

  override _deliver(event: Cancellation): void {
    this.cancellation = { reason: event.reason, event };
    this.#handler.cancel(this, event.reason);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.leave();
    this.#handler.settled(this);
    this.options.ownScope?._end();
    return true;
  }
}

/** Whether an error is a cancellation coming back. */
function isEcho(error: unknown, { reason, event }: CallCancellation): boolean {
  return event === undefined ? error === reason || isAbortError(error) : echoes(error, event);
}
