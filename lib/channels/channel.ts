import { BrokenChannelError, ClosedError, EndOfChannelError } from "../errors.ts";
import { AsyncResource } from "../host.ts";
import { Failures } from "../scope/failures.ts";
import { type Queued, WaitQueue } from "../scope/wait-queue.ts";
import { Buffer } from "./buffer.ts";
import type { ChannelStatistics } from "./channel-statistics.ts";

/** Waits for an item. Each of the three is called at most once, after it was taken out of the queue. */
export interface Receiver<T> extends Queued {
  /** The end through which it receives. */
  readonly end: object;
  take(value: T): void;
  /** There will be no more items. */
  finish(error: EndOfChannelError): void;
  refuse(error: ClosedError): void;
}

/** Waits for its item to be taken. Either method is called at most once, after it was taken out of the queue. */
export interface Sender<T> extends Queued {
  readonly value: T;
  /** The end through which it sends. */
  readonly end: object;
  taken(): void;
  /** The item cannot be received; says whether it has become the channel's to dispose of. */
  refuse(error: ClosedError | BrokenChannelError): boolean;
}

/**
 * What the two sides of a channel share. Invariants, between calls: while somebody waits to receive, the buffer is
 * empty and nobody waits to send; while somebody waits to send, the buffer is full.
 */
export class Channel<T> {
  readonly capacity: number;
  readonly buffer: Buffer<T> = new Buffer();
  readonly receivers: WaitQueue<Receiver<T>> = new WaitQueue();
  readonly senders: WaitQueue<Sender<T>> = new WaitQueue();
  receivingEnds = 0;
  sendingEnds = 0;
  readonly #onUndelivered: ((value: T) => void) | null;
  readonly #context: AsyncResource | null;

  constructor(capacity: number, onUndelivered: ((value: T) => void) | undefined) {
    this.capacity = capacity;
    this.#onUndelivered = onUndelivered ?? null;
    this.#context =
      onUndelivered === undefined
        ? null
        : new AsyncResource("skein.onUndelivered", { requireManualDestroy: true });
  }

  /** Passes an item on if that needs no waiting. */
  offer(value: T): boolean {
    const receiver = this.receivers.shift();
    if (receiver !== null) {
      receiver.take(value);
      return true;
    }
    if (this.buffer.size >= this.capacity) return false;
    this.buffer.push(value);
    return true;
  }

  /** Whether an offer would be taken. */
  get hasRoom(): boolean {
    return this.receivers.first !== null || this.buffer.size < this.capacity;
  }

  get hasItem(): boolean {
    return this.buffer.size > 0 || this.senders.first !== null;
  }

  /** The next item. Invariant for its caller: there is one. */
  next(): T {
    const sender = this.senders.shift();
    if (this.buffer.size === 0) {
      sender!.taken();
      return sender!.value;
    }
    const value = this.buffer.shift();
    if (sender !== null) {
      this.buffer.push(sender.value);
      sender.taken();
    }
    return value;
  }

  /** No item is left and none can come. */
  get ended(): boolean {
    return this.sendingEnds === 0 && !this.hasItem;
  }

  statistics(): ChannelStatistics {
    return {
      capacity: this.capacity,
      buffered: this.buffer.size,
      sendingEnds: this.sendingEnds,
      receivingEnds: this.receivingEnds,
      waitingToSend: this.senders.size,
      waitingToReceive: this.receivers.size,
    };
  }

  closeSendingEnd(end: object): void {
    this.sendingEnds--;
    const undelivered: T[] = [];
    for (const sender of this.senders.shiftAll((wait) => wait.end === end)) {
      if (sender.refuse(closed("sending"))) undelivered.push(sender.value);
    }
    if (this.ended) {
      const error = endOfChannel();
      for (let wait = this.receivers.shift(); wait !== null; wait = this.receivers.shift()) {
        wait.finish(error);
      }
    }
    this.dispose(undelivered);
  }

  closeReceivingEnd(end: object): void {
    this.receivingEnds--;
    for (const receiver of this.receivers.shiftAll((wait) => wait.end === end)) {
      receiver.refuse(closed("receiving"));
    }
    if (this.receivingEnds > 0) return;
    const undelivered: T[] = [];
    while (this.buffer.size > 0) undelivered.push(this.buffer.shift());
    const error = broken();
    for (let wait = this.senders.shift(); wait !== null; wait = this.senders.shift()) {
      if (wait.refuse(error)) undelivered.push(wait.value);
    }
    this.dispose(undelivered);
  }

  /** Tells the user of items that nobody can receive. Throws what the user's callback threw, after all were told. */
  dispose(undelivered: readonly T[]): void {
    if (this.#onUndelivered === null || undelivered.length === 0) return;
    const failures = new Failures();
    for (const value of undelivered) {
      try {
        this.#context!.runInAsyncScope(this.#onUndelivered, undefined, value);
      } catch (error) {
        failures.add(error);
      }
    }
    if (failures.list.length > 0) throw failures.first();
  }
}

export function closed(side: "sending" | "receiving"): ClosedError {
  return new ClosedError(
    `This ${side} end of the channel was closed on this side. Close an end when its last user is done, or give each user a \`clone()\``,
  );
}

export function broken(): BrokenChannelError {
  return new BrokenChannelError(
    "Every receiving end of the channel is closed, so nobody can receive the item",
  );
}

export function endOfChannel(): EndOfChannelError {
  return new EndOfChannelError("Every sending end of the channel is closed and no item is left");
}
