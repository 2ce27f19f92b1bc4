import type { ShippedCode } from "./closure/ship.ts";

/** Below this a call costs less than its way to the thread and back, so several may travel together. */
const TINY_MS = 0.2;
/** Weight of the newest measurement in the moving average. */
const NEWEST = 0.25;

/** A function's code as the main thread knows it, with what its calls have taken so far. */
export class Program {
  readonly code: ShippedCode;
  /** A worker could not load it: its module cannot be imported there. */
  isUnloadable = false;
  /** Moving average; unknown is taken for long. */
  #milliseconds = Infinity;

  constructor(code: ShippedCode) {
    this.code = code;
  }

  /** Whether a call of it has failed; until then nobody pays for what only failures need. */
  hasThrown = false;

  get isTiny(): boolean {
    return this.#milliseconds < TINY_MS;
  }

  learn(milliseconds: number, threw: boolean): void {
    if (threw) this.hasThrown = true;
    const known = this.#milliseconds;
    this.#milliseconds =
      known === Infinity ? milliseconds : known + (milliseconds - known) * NEWEST;
  }
}

const programs = new WeakMap<ShippedCode, Program>();

export function programOf(code: ShippedCode): Program {
  let program = programs.get(code);
  if (program === undefined) programs.set(code, (program = new Program(code)));
  return program;
}
