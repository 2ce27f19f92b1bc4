/** A point of a run at which it can go on in several ways. The first is always that of the usual order. */
export interface Question {
  /**
   * - `"begin"`, `"due"`, `"ready"`: a task is to begin, time is up, a wait is over: 0 lets it go on now, 1 keeps it
   *   for later
   * - `"next"`: everything has come to rest, and something that was kept goes on: which; the last may be {@link TIME}
   * - `"pick"`: `select` has several clauses that can go ahead: which
   */
  readonly kind: "begin" | "due" | "ready" | "next" | "pick";
  readonly count: number;
  /** Whom each way is for; `null` for what is nobody's, or nobody's that is known. */
  readonly whose: readonly (object | null)[];
}

/** Among those who can go first: what is not there yet, and comes with a turn of the event loop or the next timer. */
export const TIME = { name: "time" };

/** Answers all questions of one run. */
export interface Chooser {
  /** @returns from 0 to below `count` */
  choose(question: Question): number;
}

/** Gives the answers of a list and then those of the usual order. */
export class ListChooser implements Chooser {
  readonly #answers: readonly number[];
  #next = 0;

  constructor(answers: readonly number[]) {
    this.#answers = answers;
  }

  choose({ count }: Question): number {
    return (this.#answers[this.#next++] ?? 0) % count;
  }
}

/**
 * Gives any answer. How likely each is differs from seed to seed: in some runs everything is kept, so that each order
 * of what is ready is as likely as the others; in others hardly anything, so that long runs stay close to the usual
 * order.
 */
export class RandomChooser implements Chooser {
  readonly #random: () => number;
  readonly #keeps: number;
  readonly #keepsTasks: number;
  readonly #passes: number;

  constructor(random: () => number) {
    const likelihood = (): number => 2 ** -Math.floor(random() * 4);
    this.#random = random;
    this.#keeps = likelihood();
    this.#keepsTasks = 1 - likelihood();
    this.#passes = likelihood() / 2;
  }

  choose({ kind, count, whose }: Question): number {
    if (kind === "begin") return this.#random() < this.#keepsTasks ? 1 : 0;
    if (kind === "due" || kind === "ready") return this.#random() < this.#keeps ? 1 : 0;
    const mayPass = whose.at(-1) === TIME;
    if (mayPass && this.#random() < this.#passes) return count - 1;
    return Math.floor(this.#random() * (mayPass ? count - 1 : count));
  }
}

/** Tommy Ettinger's generator: 32 bits of state, the same on every platform. */
export function mulberry32(seed: number): () => number {
  let state = Math.trunc(seed) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
