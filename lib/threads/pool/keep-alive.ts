// The host's: a test that lets time jump must not end the process.
import { clearInterval, setImmediate, setInterval } from "node:timers";

/** What a timer of Node's can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/** Keeps the process alive while there is something to wait for. */
export class KeepAlive {
  #reasons = 0;
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;

  get isNeeded(): boolean {
    return this.#reasons > 0;
  }

  add(): void {
    this.#reasons += 1;
    if (this.#reasons > 1 || this.#isChecking) return;
    if (this.#timer === undefined) this.#timer = setInterval(() => {}, LONGEST_MS);
    else this.#timer.ref();
  }

  delete(): void {
    this.#reasons -= 1;
    if (this.#reasons > 0 || this.#isChecking) return;
    // The next reason is often near, and this costs more than counting.
    this.#isChecking = true;
    setImmediate(() => {
      this.#isChecking = false;
      if (this.#reasons === 0) this.#timer!.unref();
    });
  }

  /** For good. */
  end(): void {
    clearInterval(this.#timer);
  }
}
