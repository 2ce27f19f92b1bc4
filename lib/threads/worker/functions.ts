import { ReceivedFunctions, type ShippedCode } from "../closure/receive.ts";

const received = new ReceivedFunctions();

/** Forgets all functions that have been sent to this thread. */
export function forgetFunctions(): void {
  received.clear();
}

/** A function that has been sent to this thread. */
export class ThreadFunction {
  readonly #code: ShippedCode;
  /** Whether calls of it let the event loop turn; undefined until one has ended. */
  takesTurns: boolean | undefined;

  constructor(code: ShippedCode) {
    this.#code = code;
  }

  get isLoaded(): boolean {
    return received.has(this.#code.id);
  }

  async load(): Promise<void> {
    await received.load(this.#code);
  }

  /** The function, with `values` for its captured variables. */
  instantiate(values: unknown): (...args: unknown[]) => unknown {
    return received.instantiate(this.#code.id, values);
  }
}
