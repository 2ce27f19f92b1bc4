import type { ShippedCode } from "../closure/ship.ts";

/** A call that takes no longer is over before a message of it would arrive: the main thread looks for its reply. */
const QUICK_MS = 0.05;
/** A call that takes no longer need not wait for others that compute. */
const SHORT_MS = 2;
/** Of the last eight calls so many must have been short for the next one to be taken for short. */
const MOST_OF_EIGHT = 6;
/** Stands for calls before the first: it decides alone. */
const BEFORE_THE_FIRST = 0b1_1111;

let programs = 0;

/** A function's code as the main thread knows it, with what its calls have been like so far. */
export class Program {
  readonly code: ShippedCode;
  /** What the threads call it. */
  readonly number: number = ++programs;
  /** A worker could not load it: its module cannot be imported there. */
  isUnloadable = false;
  /** Whether a call of it has failed; until then nobody pays for what only failures need. */
  hasThrown = false;
  /** Whether a call of it has been seen to wait for something rather than compute. */
  blocks = false;
  #quick = BEFORE_THE_FIRST;
  #short = BEFORE_THE_FIRST;

  constructor(code: ShippedCode) {
    this.code = code;
  }

  get isQuick(): boolean {
    return ones(this.#quick) >= MOST_OF_EIGHT;
  }

  get isShort(): boolean {
    return ones(this.#short) >= MOST_OF_EIGHT;
  }

  /** @param milliseconds - how long a call took; NaN if that is not known */
  learn(milliseconds: number, threw: boolean): void {
    if (threw) this.hasThrown = true;
    if (Number.isNaN(milliseconds)) return;
    this.#quick = ((this.#quick << 1) | (milliseconds < QUICK_MS ? 1 : 0)) & 0xff;
    this.#short = ((this.#short << 1) | (milliseconds < SHORT_MS ? 1 : 0)) & 0xff;
  }
}

function ones(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55);
  const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return (fours + (fours >> 4)) & 0x0f;
}

const known = new WeakMap<ShippedCode, Program>();

export function programOf(code: ShippedCode): Program {
  let program = known.get(code);
  if (program === undefined) known.set(code, (program = new Program(code)));
  return program;
}
