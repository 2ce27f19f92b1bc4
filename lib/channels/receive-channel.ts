import { type ClosedError, EndOfChannelError } from "../errors.ts";
import { knowInCopies } from "../errors/copies.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import type { Outcome } from "../scope/run-scope.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";
import { Channel, closed, endOfChannel, type Receiver } from "./channel.ts";
import { ChannelIterator } from "./channel-iterator.ts";
import type { ChannelStatistics } from "./channel-statistics.ts";
import { afterTurn, turnIsDue } from "./event-loop-turns.ts";
import { keepShape } from "../scope/shapes.ts";

/**
 * The end of a channel that items come out at.
 *
 * Each item goes to one receiver. Whatever is cancelled when, none is lost on the way and none comes twice.
 *
 * @public
 */
export interface ReceiveChannel<T> extends AsyncIterable<T>, Disposable {
  /**
   * Whether nothing is left to receive and nothing can come: every sending end is closed and no item is left.
   */
  readonly ended: boolean;
  /**
   * Receives the next item. Those who wait are served in order of arrival.
   *
   * **Cancellation:** rejects with the scope's reason and takes no item. Once it was given an item, the
   * cancellation comes too late and the item is yours.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @throws EndOfChannelError once every sending end is closed and no item is left
   * @throws ClosedError if this end is closed, before or meanwhile
   */
  receive(scope?: ScopeLike): Promise<T>;
  /**
   * Receives an item if that needs no waiting.
   *
   * @returns with `done: false`, no item: the `reason` is an {@link EndOfChannelError} if none can come any more, and
   *   otherwise `undefined`
   * @throws ClosedError if this end is closed
   */
  tryReceive(): Outcome<T>;
  /**
   * Iterates under a scope: `for await (const item of channel.values(task))`. The loop is over when every sending end
   * is closed and no item is left. Leaving it earlier loses no item and closes nothing: another loop can go on.
   *
   * **Cancellation:** the loop throws the scope's reason; it took no item that it did not hand over.
   *
   * @param scope - the scope that each step waits under, or anything with a `signal`; none by default
   * @throws ClosedError, in the loop, if this end is closed, before or meanwhile
   */
  values(scope?: ScopeLike): AsyncIterableIterator<T>;
  /** The same as `values()`, so that the channel itself can stand in a `for await`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  /**
   * One more receiving end, for another receiver to use and to close on its own. They share the items.
   *
   * @throws ClosedError if this end is closed
   */
  clone(): ReceiveChannel<T>;
  /**
   * Closes this end. Receives that wait here reject with a {@link ClosedError}. When it was the last one, sends reject
   * with a {@link BrokenChannelError}, and `onUndelivered` is told of every item that is left. Closing it again does
   * nothing.
   *
   * @throws what `onUndelivered` throws, after it was told of every item
   */
  close(): void;
  /** What the channel is doing at the moment. */
  statistics(): ChannelStatistics;
}

class ReceiveWait<T> extends QueuedWait<T> implements Receiver<T> {
  readonly end: ReceiveEnd<T>;

  constructor(scope: ParentScope | null, end: ReceiveEnd<T>) {
    super(scope);
    this.end = end;
  }

  take(value: T): void {
    this.grant(value);
  }

  finish(error: EndOfChannelError): void {
    this.fail(error);
  }

  refuse(error: ClosedError): void {
    this.fail(error);
  }

  override _waitsFor(): string {
    return "an item of a channel";
  }
}

export class ReceiveEnd<T> implements ReceiveChannel<T> {
  readonly _channel: Channel<T>;
  _open = true;

  constructor(channel: Channel<T>) {
    this._channel = channel;
    channel.receivingEnds++;
  }

  get ended(): boolean {
    return this._channel.ended;
  }

  receive(scope?: ScopeLike): Promise<T> {
    const parent = methodScope(scope);
    const channel = this._channel;
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    if (!this._open) return Promise.reject(closed("receiving"));
    if (channel.hasItem) {
      const value = channel.next();
      return turnIsDue() ? afterTurn(value) : inRunOrder(parent, Promise.resolve(value));
    }
    if (channel.sendingEnds === 0) return Promise.reject(endOfChannel());
    const wait = new ReceiveWait(parent, this);
    channel.receivers.push(wait);
    return wait.promise;
  }

  tryReceive(): Outcome<T> {
    if (!this._open) throw closed("receiving");
    const channel = this._channel;
    if (channel.hasItem) return { done: true, value: channel.next() };
    return { done: false, reason: channel.sendingEnds === 0 ? endOfChannel() : undefined };
  }

  values(scope?: ScopeLike): AsyncIterableIterator<T> {
    methodScope(scope);
    return new ChannelIterator(this, scope);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new ChannelIterator(this, undefined);
  }

  clone(): ReceiveChannel<T> {
    if (!this._open) throw closed("receiving");
    return new ReceiveEnd(this._channel);
  }

  close(): void {
    if (!this._open) return;
    this._open = false;
    this._channel.closeReceivingEnd(this);
  }

  statistics(): ChannelStatistics {
    return this._channel.statistics();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static #awaited(): readonly unknown[] {
    const channel = new Channel<never>(0, undefined);
    channel.sendingEnds++;
    const end = new ReceiveEnd(channel);
    const steps = end.values();
    void [end.receive(), steps.next()];
    return [end, steps];
  }

  static {
    knowInCopies(this, "ReceiveEnd");
    keepShape(this.#awaited());
  }
}
