import type { Way } from "./ahead.ts";

/** What was chosen at a place of a run. */
export interface Pick {
  /** An event of the main thread. */
  readonly label?: string;
  /** The thread whose worker went on before. */
  readonly thread?: number;
  readonly way?: Way;
}

/** Something that may be chosen. */
export interface Option extends Pick {
  /** Tells everything that matters for what follows. */
  readonly key: string;
}

/** What was chosen from the start of a run up to a place where another choice is to be tried. */
export interface Start {
  readonly before: Start | undefined;
  /** How many places came before in which something could have been chosen. */
  readonly place: number;
  readonly pick: Pick;
  /** The state of the main thread at the beginning of the event in which that is. */
  readonly main: string;
}

const NOTHING: Pick = {};

/** Decides what happens next: first what was chosen before, then what was never tried. */
export class Chooser {
  readonly #given: Start[] = [];
  readonly #seen: Set<string>;
  readonly #untried: Start[];
  #place = 0;
  #at = 0;
  #last: Start | undefined;
  /** Everything that can follow from here is known already. */
  isKnown = false;
  main: string;

  /**
   * @param start - the choices to make first
   * @param seen - the states that were come to so far
   * @param untried - gets the choices that are not made
   */
  constructor(start: Start | undefined, seen: Set<string>, untried: Start[]) {
    for (let step = start; step !== undefined; step = step.before) this.#given.push(step);
    this.#given.reverse();
    this.#last = start;
    this.main = start?.main ?? "";
    this.#seen = seen;
    this.#untried = untried;
  }

  /** Whether the choices are still those of before. */
  get isRepeating(): boolean {
    return this.#at < this.#given.length;
  }

  /** Everything that was chosen. */
  get last(): Start | undefined {
    return this.#last;
  }

  /** At every place, before {@link choose}: what was chosen there before. */
  repeated(): Pick | undefined {
    this.#place += 1;
    const next = this.#given[this.#at];
    if (next === undefined) return undefined;
    if (next.place !== this.#place) return NOTHING;
    this.#at += 1;
    return next.pick;
  }

  /** Chooses one of several ways to go on; all are tried in the end, but of those that are the same only one, ever. */
  choose(options: readonly Option[]): Pick | undefined {
    const before = this.#last;
    const fresh: Start[] = [];
    for (const { key, ...pick } of options) {
      const { size } = this.#seen;
      if (this.#seen.add(key).size === size) continue;
      fresh.push({ before, place: this.#place, pick, main: this.main });
    }
    const [first] = fresh;
    if (first === undefined) {
      this.isKnown = true;
      return undefined;
    }
    for (let i = fresh.length - 1; i > 0; i--) this.#untried.push(fresh[i]!);
    this.#last = first;
    return first.pick;
  }
}
