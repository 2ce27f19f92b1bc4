/** How a call ended, according to the model. */
export type Ending =
  | { readonly kind: "pending" }
  | { readonly kind: "resolved"; readonly value: unknown }
  | { readonly kind: "rejected"; readonly error: string };

/** A call that may wait, in one queue or, for a selection, in several. */
export interface ModelCall {
  ending: Ending;
  /** What of it is disposed of when it is cancelled. */
  readonly sends: { readonly channel: ModelChannel; readonly value: number }[];
  /** What it resolves with when it was given `value` by the clause `key`. */
  readonly answer: (key: string, value: unknown) => unknown;
  /** What it becomes when its channel ends. */
  readonly atEnd: Ending;
  /** Whether an item that is refused becomes the channel's. */
  readonly owned: boolean;
}

interface Place {
  readonly call: ModelCall;
  readonly key: string;
  readonly end: number;
  readonly value: number;
}

export const ended: Ending = { kind: "rejected", error: "ERR_SKEIN_END_OF_CHANNEL" };
export const closed: Ending = { kind: "rejected", error: "ERR_SKEIN_CLOSED" };
const broken: Ending = { kind: "rejected", error: "ERR_SKEIN_BROKEN_CHANNEL" };

/** A channel as its guide tells it: plain arrays, searched from the front. */
export class ModelChannel {
  readonly capacity: number;
  readonly all: readonly ModelChannel[];
  buffer: number[] = [];
  senders: Place[] = [];
  receivers: Place[] = [];
  /** Whether each end is open. */
  readonly sending: boolean[] = [true];
  readonly receiving: boolean[] = [true];
  readonly undelivered: number[] = [];

  constructor(capacity: number, all: readonly ModelChannel[]) {
    this.capacity = capacity;
    this.all = all;
  }

  /** What sending at an end comes to at this moment; `null` if it would wait. */
  send(end: number, value: number): Ending | null {
    if (!this.sending[end]) return closed;
    if (!this.receiving.includes(true)) return broken;
    const receiver = this.receivers[0];
    if (receiver !== undefined) this.#answer(receiver, value);
    else if (this.buffer.length < this.capacity) this.buffer.push(value);
    else return null;
    return { kind: "resolved", value: undefined };
  }

  /** What receiving at an end comes to at this moment; `null` if it would wait. */
  receive(end: number): Ending | null {
    if (!this.receiving[end]) return closed;
    const sender = this.senders[0];
    if (sender !== undefined) {
      this.buffer.push(sender.value);
      this.#answer(sender, undefined);
    }
    if (this.buffer.length > 0) return { kind: "resolved", value: this.buffer.shift() };
    return this.sending.includes(true) ? null : ended;
  }

  closeSending(end: number): void {
    if (!this.sending[end]) return;
    this.sending[end] = false;
    const refused = this.senders.filter((place) => place.end === end);
    for (const { call, value } of refused) {
      this.settle(call, closed);
      if (call.owned) this.undelivered.push(value);
    }
    if (this.sending.includes(true) || this.buffer.length > 0) return;
    for (const { call } of this.receivers) this.settle(call, call.atEnd);
  }

  closeReceiving(end: number): void {
    if (!this.receiving[end]) return;
    this.receiving[end] = false;
    for (const { call } of this.receivers.filter((place) => place.end === end)) {
      this.settle(call, closed);
    }
    if (this.receiving.includes(true)) return;
    this.undelivered.push(...this.buffer.splice(0));
    for (const { call, value } of this.senders) {
      this.settle(call, broken);
      if (call.owned) this.undelivered.push(value);
    }
  }

  cancel(call: ModelCall): void {
    if (call.ending.kind !== "pending") return;
    this.settle(call, { kind: "rejected", error: "cancelled" });
    for (const { channel, value } of call.sends) channel.undelivered.push(value);
  }

  /** Ends a call, wherever it waits. */
  settle(call: ModelCall, ending: Ending): void {
    if (call.ending.kind === "pending") call.ending = ending;
    // New arrays, so that whoever walks through the old ones sees all of them.
    for (const channel of this.all) {
      channel.senders = channel.senders.filter((place) => place.call !== call);
      channel.receivers = channel.receivers.filter((place) => place.call !== call);
    }
  }

  #answer(place: Place, value: unknown): void {
    this.settle(place.call, {
      kind: "resolved",
      value: place.call.answer(place.key, value),
    });
  }
}
