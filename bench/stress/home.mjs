/** A pool under stress, with its limiters. */
export class Home {
  /** How many threads were ended on purpose: what is suspended may be lost with its thread. */
  harm = 0;
  /** How many generators have begun and not ended. */
  sessions = 0;
  /** Iterators that nobody has any more, and that are not collected yet. */
  dropped = new Set();
  /** "close" or "destroy" once it takes no more calls. */
  ending;
  #destroyReasons = new Set();
  #library;
  #program;
  #collected = new FinalizationRegistry((number) => this.dropped.delete(number));

  constructor(name, program, library, { threads, idleMs, limiter, other }) {
    this.name = name;
    this.threads = threads;
    this.idleMs = idleMs;
    this.limiter = limiter;
    this.other = other;
    this.#program = program;
    this.#library = library;
    this.pool = new library.Threadpool({
      idleMs,
      ...(limiter === undefined ? { maxThreads: threads } : { limiter }),
    });
  }

  /** Every limiter that its calls may wait for, with the total that it has when nobody meddles. */
  get limiters() {
    return [this.limiter, this.other].filter((limiter) => limiter !== undefined);
  }

  drop(iterator) {
    const number = (this.#program.figures.dropped += 1);
    this.dropped.add(number);
    this.#collected.register(iterator, number);
  }

  /** Ends it; what it was given before ends as it should. */
  close() {
    this.ending ??= "close";
    return this.pool.close();
  }

  destroy(reason) {
    this.ending = "destroy";
    this.#destroyReasons.add(reason);
    return this.pool.destroy(reason);
  }

  /** Whether a call may end so because the pool has ended. */
  excuses({ isLate, isSession }, reason) {
    if (this.ending === "destroy" && this.#destroyReasons.has(reason)) return true;
    const isRefused = reason instanceof this.#library.ThreadpoolClosedError;
    if (isRefused && (this.ending === "destroy" || isLate)) return true;
    if (isSession !== true) return false;
    const isLost =
      reason instanceof this.#library.WorkerLostError ||
      reason instanceof this.#library.WorkerExitedError;
    if (isLost && this.harm > 0) {
      this.#program.figures.lostSessions += 1;
      return true;
    }
    return (isRefused || isLost) && this.ending !== undefined;
  }
}
