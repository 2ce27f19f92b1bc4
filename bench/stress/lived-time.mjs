const TICK_MS = 100;
/** What one tick counts at most. A process that was stopped, or got no processor, has not lived meanwhile. */
const MOST_MS = 250;

/** Time in which this process could do something, in milliseconds. */
export class LivedTime {
  ms = 0;
  #last = performance.now();

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  #tick() {
    const now = performance.now();
    this.ms += Math.min(now - this.#last, MOST_MS);
    this.#last = now;
  }
}
