import type { OperationStatus } from "../host/contract.ts";
import { link, type ParentScope, unlink, PlainChild } from "../scope/scope-child.ts";
import { type Cancellation, echoes, saysCancelled } from "../scope/cancellation.ts";
import { announceOffload, announceReturn } from "./call-events.ts";

/** Why a call is to stop: an event of its scope, or something that went wrong around it. */
interface CallCancellation {
  readonly reason: unknown;
  readonly event: Cancellation | undefined;
}

/** A call of an executor, from its begin to its end. It hangs below the scope that it waits under and settles once. */
export abstract class PendingCall extends PlainChild {
  settled = false;
  /** A part of it on the caller's side has failed, so whatever comes of it, it fails. */
  failure: { readonly error: unknown } | undefined = undefined;
  /** Set once its cancellation has reached it. */
  cancellation: CallCancellation | undefined = undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    name: string,
    scope: ParentScope | null,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    super();
    this.#resolve = resolve;
    this.#reject = reject;
    if (scope !== null) link(this, scope);
    announceOffload(this, name, scope);
  }

  resolve(value: unknown): void {
    if (this.failure !== undefined) this.reject(this.failure.error);
    else if (this.#settle("fulfilled", this._resultOf(value))) this.#resolve(value);
  }

  reject(error: unknown): void {
    const { cancellation } = this;
    const isCancelled =
      cancellation?.event !== undefined &&
      error === cancellation.reason &&
      !this._isOwn(cancellation.event);
    if (this.#settle(isCancelled ? "cancelled" : "rejected", error)) this.#reject(error);
  }

  /** Ends a call whose function threw: with the reason if what it threw is its own cancellation coming back. */
  rejectThrown(error: unknown): void {
    const { cancellation } = this;
    this.reject(
      cancellation !== undefined && isEcho(error, cancellation) ? cancellation.reason : error,
    );
  }

  override _withdraw(): void {}

  override _deliver(event: Cancellation): void {
    this.cancellation = { reason: event.reason, event };
    this._cancelled(event.reason);
  }

  /** What is told of the value that it ends with. */
  protected _resultOf(value: unknown): unknown {
    return value;
  }

  /** Whether it is the call's own deadline that has passed. */
  protected abstract _isOwn(event: Cancellation): boolean;

  /** Its scope has been cancelled. */
  protected abstract _cancelled(reason: unknown): void;

  /** It has settled. */
  protected abstract _ended(): void;

  #settle(status: OperationStatus, content: unknown): boolean {
    if (this.settled) return false;
    this.settled = true;
    announceReturn(this, status, content);
    unlink(this);
    this._ended();
    return true;
  }
}

/** Whether an error is a cancellation coming back. */
function isEcho(error: unknown, { reason, event }: CallCancellation): boolean {
  return event === undefined ? error === reason || saysCancelled(error) : echoes(error, event);
}
