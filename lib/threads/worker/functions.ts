import { ReceivedFunctions, type ShippedCode } from "../closure/receive.ts";

const received = new ReceivedFunctions();

/** A function that has been sent to this thread. It stays for the life of the thread. */
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
