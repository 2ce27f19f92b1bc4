import { isDeepStrictEqual } from "node:util";

/** Something that was asked of a pool and has to settle: one call, or one step of an iteration. */
class Entry {
  /** What had begun when it settled. */
  begun = 0;
  settled;
  /** Set before it is cancelled: it may then reject with this. */
  reason;

  /** @param facts - what it is, and what may become of it: see `Ledger.add` */
  constructor(number, since, facts) {
    this.number = number;
    this.since = since;
    Object.assign(this, facts);
    /** The pool took no more calls when it was made. */
    this.isLate = this.home.ending !== undefined;
  }
}

/** All that was asked for in one round: each has to settle once, as it should, and to run at most once. */
export class Ledger {
  /** What has not settled. */
  open = new Set();
  #all = [];
  #program;
  #board;
  #number = 0;

  constructor(program, board) {
    this.#program = program;
    this.#board = board;
  }

  /**
   * @param facts - `kind`: for reports; `home`: the pool; `at`: its number on the board, if it counts; `mode`: its `onCancel`;
   *   `frees`: whether its function ends only when it is freed; `cancel`: cancels it, if it is to be cancelled;
   *   `judge`: gives what is wrong with an outcome, if anything; `mayReject`: whether that reason is fine
   */
  add(facts) {
    const entry = new Entry(++this.#number, this.#program.lived.ms, facts);
    this.open.add(entry);
    this.#all.push(entry);
    return entry;
  }

  /** Follows a promise to its end; resolves with the outcome, whatever it is. */
  follow(entry, promise) {
    return promise.then(
      (value) => this.#settle(entry, { value }),
      (reason) => this.#settle(entry, { reason }),
    );
  }

  #settle(entry, settled) {
    this.open.delete(entry);
    this.#program.progressed();
    entry.settled = settled;
    if (entry.at !== undefined) entry.begun = this.#board.begun(entry.at);
    this.#judge(entry, settled);
    return settled;
  }

  #judge(entry, settled) {
    const complaint =
      "reason" in settled && isExcused(entry, settled.reason) ? undefined : entry.judge(settled);
    if (complaint !== undefined)
      this.#program.find("wrong outcome", `${complaint}: ${this.describe(entry)}`);
    else if (entry.isLate && entry.isSession !== true && "value" in settled) {
      this.#program.find("a closed pool took a call", this.describe(entry));
    }
  }

  /** It is over, without an outcome of its own. */
  close(entry) {
    this.open.delete(entry);
    entry.settled = { isClosed: true };
    entry.begun = this.#board.begun(entry.at);
  }

  /** At a quiet point: nothing ran twice, nor after it was withdrawn. */
  verify() {
    for (const entry of this.#all) {
      const { at } = entry;
      if (at === undefined) continue;
      const begun = this.#board.begun(at);
      if (begun > 1) this.#program.find("ran twice", this.describe(entry));
      if (entry.settled !== undefined && "value" in entry.settled && begun === 0) {
        this.#program.find("has a value, but never ran", this.describe(entry));
      }
      // The caller of an abandoned call leaves at once: it may begin just then.
      if (begun !== entry.begun && entry.mode !== "abandon") {
        this.#program.find("began after its end", this.describe(entry));
      }
    }
  }

  describe(entry) {
    const { number, kind, home, at, mode, settled, since } = entry;
    const facts = [`#${number} ${kind} on ${home.name}`];
    if (at !== undefined) {
      facts.push(`at ${at}, begun ${this.#board.begun(at)}, ended ${this.#board.ended(at)}`);
    }
    if (mode !== undefined) facts.push(`onCancel ${mode}`);
    if (entry.timeoutMs !== undefined) facts.push(`timeoutMs ${entry.timeoutMs}`);
    if (entry.reason !== undefined) facts.push("cancelled");
    if (settled !== undefined) facts.push(describeOutcome(settled));
    else facts.push(`open for ${Math.round(this.#program.lived.ms - since)} ms`);
    return facts.join(", ");
  }
}

/** Whether it may reject with that: it was cancelled, its time was over, or its pool has ended. */
export function isExcused(entry, reason) {
  if (entry.reason !== undefined && reason === entry.reason) return true;
  if (entry.timeoutMs !== undefined && reason?.name === "TimeoutError") return true;
  return entry.home.excuses(entry, reason) || entry.mayReject?.(reason) === true;
}

function describeOutcome(settled) {
  if (settled.isClosed) return "over";
  if ("value" in settled) return `resolved with ${describeValue(settled.value)}`;
  const { reason } = settled;
  return `rejected with ${reason instanceof Error ? (reason.stack ?? reason.message) : describeValue(reason)}`;
}

function describeValue(value) {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return String(value);
  }
}

/** Judges: each gives what is wrong with an outcome, or nothing. */
export const gives = (value) => (settled) =>
  "value" in settled && isDeepStrictEqual(settled.value, value)
    ? undefined
    : `should resolve with ${describeValue(value)}`;

export const rejects = (what, isRight) => (settled) =>
  "reason" in settled && isRight(settled.reason) ? undefined : `should reject with ${what}`;

export const anything = () => undefined;
