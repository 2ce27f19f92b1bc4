import {
  ANSWERS,
  ASKED,
  CANCELLED,
  DOZING,
  HEARD,
  IDLE,
  LISTENING,
  NUMBER,
  PARKED,
  POSTED,
  RUNNING,
  STATE,
  WORD,
} from "./protocol.ts";

/** The main thread's half of a mailbox. */
export class Mailbox {
  readonly cells: Int32Array;
  readonly doubles: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.cells = new Int32Array(shared);
    this.doubles = new Float64Array(shared);
  }

  /**
   * Hands over what was written. The word must be IDLE, and what the worker said last must have been read.
   *
   * @param isWatched - somebody looks whether the worker has replied; or else it is to send a message
   * @returns whether the worker comes for a message, which must follow
   */
  post(isWatched: boolean): boolean {
    const { cells } = this;
    const word = Atomics.exchange(cells, WORD, isWatched ? POSTED : POSTED | LISTENING);
    if (word === PARKED) Atomics.notify(cells, WORD);
    return word === DOZING;
  }

  /** Takes back what was posted; false if the worker has taken it. */
  withdraw(): boolean {
    let word = Atomics.load(this.cells, WORD);
    while ((word & STATE) === POSTED) {
      const found = Atomics.compareExchange(this.cells, WORD, word, IDLE);
      if (found === word) return true;
      word = found;
    }
    return false;
  }

  /** Asks for a message when the worker has replied; false if it has. */
  listen(): boolean {
    return this.#set(LISTENING);
  }

  /** Tells a function that its caller has cancelled it, should it ask; false if it has replied. */
  flag(): boolean {
    return this.#set(CANCELLED);
  }

  #set(flag: number): boolean {
    let word = Atomics.load(this.cells, WORD);
    while ((word & STATE) !== IDLE) {
      const found = Atomics.compareExchange(this.cells, WORD, word, word | flag);
      if (found === word) return true;
      word = found;
    }
    return false;
  }

  /** Whether the worker has nothing to do: it has replied to what was posted, if anything was. */
  get isIdle(): boolean {
    return (Atomics.load(this.cells, WORD) & STATE) === IDLE;
  }

  get isRunning(): boolean {
    return (Atomics.load(this.cells, WORD) & STATE) === RUNNING;
  }

  /** Whether the running function has asked at least once if it is cancelled. */
  get hasAsked(): boolean {
    return Atomics.load(this.cells, ASKED) === this.cells[NUMBER];
  }

  /** The worker, which blocks for an answer, finds one on its port. */
  answered(): void {
    this.#count(ANSWERS, 1);
  }

  /** The worker may send more messages on the side. */
  heard(messages: number): void {
    this.#count(HEARD, messages);
  }

  #count(cell: number, by: number): void {
    Atomics.add(this.cells, cell, by);
    Atomics.notify(this.cells, cell);
  }
}
