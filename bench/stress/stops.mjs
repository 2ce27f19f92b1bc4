/** Stops a process at random and lets it go on (SIGSTOP and SIGCONT), and knows how long it has not been stopped. */
export class Stops {
  count = 0;
  #kill;
  #random;
  #timer;
  #stoppedAt;
  #stoppedMs = 0;
  #isPaused = false;

  constructor(kill, random) {
    this.#kill = kill;
    this.#random = random;
    if (process.platform !== "win32") this.#plan();
  }

  /** Milliseconds in which it was not stopped, from any beginning. */
  get runningMs() {
    const now = performance.now();
    return now - this.#stoppedMs - (this.#stoppedAt === undefined ? 0 : now - this.#stoppedAt);
  }

  #plan() {
    const random = this.#random;
    const isBurst = random.chance(0.3);
    const ms = isBurst ? random.between(1, 30) : random.between(100, 2500);
    this.#timer = setTimeout(() => this.#stop(isBurst), ms);
  }

  #stop(isBurst) {
    const random = this.#random;
    if (!this.#isPaused && this.#kill("SIGSTOP")) {
      this.count += 1;
      this.#stoppedAt = performance.now();
    }
    const ms = isBurst || random.chance(0.6) ? random.between(1, 20) : random.between(20, 1000);
    this.#timer = setTimeout(() => {
      this.#goOn();
      this.#plan();
    }, ms);
  }

  #goOn() {
    if (this.#stoppedAt === undefined) return;
    this.#kill("SIGCONT");
    this.#stoppedMs += performance.now() - this.#stoppedAt;
    this.#stoppedAt = undefined;
  }

  /** None until `resume()`. */
  pause() {
    this.#isPaused = true;
    this.#goOn();
  }

  resume() {
    this.#isPaused = false;
  }

  end() {
    clearTimeout(this.#timer);
    this.#goOn();
  }
}
