import type { BrokenChannelError, ClosedError } from "../errors.ts";
import { knowInCopies } from "../errors/copies.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { allOf } from "../scope/failures.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";
import { broken, Channel, closed, type Sender } from "./channel.ts";
import type { ChannelStatistics } from "./channel-statistics.ts";
import { afterTurn, turnIsDue } from "./event-loop-turns.ts";
import { keepShape } from "../scope/shapes.ts";

/**
 * The end of a channel that items go in at.
 *
 * An item that was sent comes out exactly once: a receiver gets it, or, when none can any more, the channel's
 * `onUndelivered`. Items come out in the order in which they went in.
 *
 * @public
 */
export interface SendChannel<T> extends Disposable {
  /**
   * Sends an item: waits until there is room in the buffer or, without a buffer, until a receiver takes it. From the
   * call on the item is the channel's, also if the promise rejects.
   *
   * **Cancellation:** rejects with the scope's reason; nobody receives the item, and `onUndelivered` is told of it.
   * Once it was taken, the cancellation comes too late and the promise resolves.
   *
   * @param value - any value; a promise would be awaited by `receive`
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @throws ClosedError if this end is closed, before or meanwhile
   * @throws BrokenChannelError if every receiving end is closed, before or meanwhile
   */
  send(value: T, scope?: ScopeLike): Promise<void>;
  /**
   * Sends an item if that needs no waiting. If not, the item stays yours.
   *
   * @returns whether it was sent
   * @throws ClosedError if this end is closed
   * @throws BrokenChannelError if every receiving end is closed
   */
  trySend(value: T): boolean;
  /**
   * One more sending end, for another sender to use and to close on its own. The channel ends when all are closed.
   *
   * @throws ClosedError if this end is closed
   */
  clone(): SendChannel<T>;
  /**
   * Closes this end; what was sent stays receivable. Sends that wait here reject with a {@link ClosedError}. Closing it
   * again does nothing.
   *
   * @throws what `onUndelivered` throws, after it was told of every item
   */
  close(): void;
  /** What the channel is doing at the moment. */
  statistics(): ChannelStatistics;
}

const sent: Promise<void> = Promise.resolve();

class SendWait<T> extends QueuedWait<void> implements Sender<T> {
  readonly end: SendEnd<T>;
  readonly value: T;

  constructor(scope: ParentScope | null, end: SendEnd<T>, value: T) {
    super(scope);
    this.end = end;
    this.value = value;
  }

  taken(): void {
    this.grant(undefined);
  }

  refuse(error: ClosedError | BrokenChannelError): boolean {
    return this.fail(error);
  }

  override _deliver(cancellation: Cancellation): void {
    disposeFor(this._parent!, this.end._channel, this.value);
    super._deliver(cancellation);
  }

  override _waitsFor(): string {
    return "room in a channel";
  }
}

export class SendEnd<T> implements SendChannel<T> {
  readonly _channel: Channel<T>;
  _open = true;

  constructor(channel: Channel<T>) {
    this._channel = channel;
    channel.sendingEnds++;
  }

  send(value: T, scope?: ScopeLike): Promise<void> {
    const parent = methodScope(scope);
    const channel = this._channel;
    if (parent !== null && parent.cancelled) return refused(channel, value, parent.reason);
    const obstacle = this._obstacle();
    if (obstacle !== null) return refused(channel, value, obstacle);
    if (channel.offer(value)) return turnIsDue() ? afterTurn(undefined) : inRunOrder(parent, sent);
    const wait = new SendWait(parent, this, value);
    channel.senders.push(wait);
    return wait.promise;
  }

  trySend(value: T): boolean {
    const obstacle = this._obstacle();
    if (obstacle !== null) throw obstacle;
    return this._channel.offer(value);
  }

  clone(): SendChannel<T> {
    if (!this._open) throw closed("sending");
    return new SendEnd(this._channel);
  }

  close(): void {
    if (!this._open) return;
    this._open = false;
    this._channel.closeSendingEnd(this);
  }

  statistics(): ChannelStatistics {
    return this._channel.statistics();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static #awaited(): object {
    const channel = new Channel<undefined>(0, undefined);
    channel.receivingEnds++;
    const end = new SendEnd(channel);
    void end.send(undefined);
    return end;
  }

  /** Why nothing can be sent here. */
  _obstacle(): ClosedError | BrokenChannelError | null {
    if (!this._open) return closed("sending");
    return this._channel.receivingEnds === 0 ? broken() : null;
  }

  static {
    knowInCopies(this, "SendEnd");
    keepShape(this.#awaited());
  }
}

/** Tells of an item whose sender was cancelled. An error of the callback is a failure of the sender's scope. */
export function disposeFor<T>(scope: ParentScope, channel: Channel<T>, value: T): void {
  try {
    channel.dispose([value]);
  } catch (error) {
    (scope._live() ?? scope)._callbackFailed(error);
  }
}

function refused<T>(channel: Channel<T>, value: T, reason: unknown): Promise<never> {
  try {
    channel.dispose([value]);
  } catch (error) {
    return Promise.reject(allOf([reason, error]));
  }
  return Promise.reject(reason);
}
