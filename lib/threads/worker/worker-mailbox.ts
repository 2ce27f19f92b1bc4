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
} from "../pool/protocol.ts";

/** The worker's half of a mailbox. */
export class WorkerMailbox {
  readonly cells: Int32Array;
  readonly doubles: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.cells = new Int32Array(shared);
    this.doubles = new Float64Array(shared);
  }

  /** Claims what was posted; false if nothing was, or it was taken back. */
  take(): boolean {
    let word = Atomics.load(this.cells, WORD);
    while ((word & STATE) === POSTED) {
      const found = Atomics.compareExchange(this.cells, WORD, word, (word & ~STATE) | RUNNING);
      if (found === word) return true;
      word = found;
    }
    return false;
  }

  get isPosted(): boolean {
    return (Atomics.load(this.cells, WORD) & STATE) === POSTED;
  }

  /** Sleeps until something is posted, at most for a time. */
  park(ms: number): void {
    if (Atomics.compareExchange(this.cells, WORD, IDLE, PARKED) !== IDLE) return;
    Atomics.wait(this.cells, WORD, PARKED, ms);
    Atomics.compareExchange(this.cells, WORD, PARKED, IDLE);
  }

  /** Says that it comes for a message; false if something is posted, of which there will be none. */
  doze(): boolean {
    return Atomics.compareExchange(this.cells, WORD, IDLE, DOZING) === IDLE;
  }

  /** The reply is written, and the main thread's turn; says whether it wants a message of it. */
  reply(): boolean {
    let word = Atomics.load(this.cells, WORD);
    for (;;) {
      const found = Atomics.compareExchange(this.cells, WORD, word, IDLE);
      if (found === word) return (word & LISTENING) !== 0;
      word = found;
    }
  }

  /** Whether the caller of the running function has cancelled it. */
  get isCancelled(): boolean {
    return (Atomics.load(this.cells, WORD) & CANCELLED) !== 0;
  }

  /** Notes that the running function asks whether it is cancelled: who asks gets time to stop. */
  noteAsking(): void {
    const { cells } = this;
    const number = cells[NUMBER]!;
    if (cells[ASKED] !== number) Atomics.store(cells, ASKED, number);
  }

  /** How many answers there have been. */
  get answers(): number {
    return Atomics.load(this.cells, ANSWERS);
  }

  /** Blocks until there has been another answer. */
  awaitAnswer(before: number): void {
    while (Atomics.load(this.cells, ANSWERS) === before) Atomics.wait(this.cells, ANSWERS, before);
  }

  /** How many messages on the side have been dealt with. */
  get heard(): number {
    return Atomics.load(this.cells, HEARD);
  }

  /** Blocks until more of them have been dealt with, at most for a time; says whether they have. */
  awaitHeard(before: number, ms: number): boolean {
    return Atomics.wait(this.cells, HEARD, before, ms) !== "timed-out";
  }
}
