import {
  CANCELLED,
  CHECKED,
  DOOMED,
  SHARED_BYTES,
  SIGNAL,
  SLOTS,
  STARTED,
  slotOf,
  stateOf,
  TAKEN,
  WAITING,
  WITHDRAWN,
} from "./protocol.ts";

/** The main thread's view of what a lane shares with its worker: who has got how far with which call. */
export class LaneMemory {
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(SHARED_BYTES);
  readonly #cells = new Int32Array(this.buffer);

  /** How many calls more can be outstanding, if the newest one is number `sequence`. */
  room(sequence: number): number {
    return SLOTS - 1 - (sequence - Atomics.load(this.#cells, TAKEN));
  }

  /** Prepares the state of a call that is about to be sent. */
  announce(sequence: number): void {
    Atomics.store(this.#cells, slotOf(sequence), stateOf(sequence, WAITING));
  }

  /** Wakes the worker, which then looks at its port. */
  wake(): void {
    Atomics.add(this.#cells, SIGNAL, 1);
    Atomics.notify(this.#cells, SIGNAL);
  }

  /** Takes a call back; false if it has begun. */
  withdraw(sequence: number): boolean {
    return this.#exchange(sequence, WAITING, WITHDRAWN);
  }

  /** Tells a running function that its caller has cancelled it, should it ask. */
  flag(sequence: number): void {
    this.#exchange(sequence, STARTED, CANCELLED);
  }

  /** Sees to it that the worker begins nothing after a running call; false if it has ended. */
  doom(sequence: number): boolean {
    return this.#exchange(sequence, STARTED, DOOMED) || this.#exchange(sequence, CANCELLED, DOOMED);
  }

  hasBegun(sequence: number): boolean {
    return Atomics.load(this.#cells, slotOf(sequence)) !== stateOf(sequence, WAITING);
  }

  /** Whether the function has asked at least once if it is cancelled. */
  hasAsked(sequence: number): boolean {
    return Atomics.load(this.#cells, CHECKED) === sequence;
  }

  #exchange(sequence: number, from: number, to: number): boolean {
    const before = stateOf(sequence, from);
    const after = stateOf(sequence, to);
    return Atomics.compareExchange(this.#cells, slotOf(sequence), before, after) === before;
  }
}
