/** What the timers need of time: to read it, and to be woken once. */
export interface Clock {
  now(): number;
  /** Arranges that `ring` is called once, at `at` or later; replaces the alarm that was set before. */
  setAlarm(at: number, ring: () => void): void;
  /** The alarm may stay set, but must no longer keep the process alive. */
  restAlarm(): void;
}

/** Longer timeouts would fire at once, so a longer wait is made of several alarms. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** `performance.now()` and one timer of Node's, whatever the number of sleepers and deadlines. */
class HostClock implements Clock {
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;
  /** Whether the timer keeps the process alive; `"until the turn ends"`: it need not any more. */
  #holds: "yes" | "until the turn ends" | "no" = "no";
  #turnEndAwaited = false;

  now(): number {
    return performance.now();
  }

  setAlarm(at: number, ring: () => void): void {
    const timer = this.#timer;
    if (timer === undefined || at < this.#at) {
      clearTimeout(timer);
      this.#at = at;
      const ms = Math.min(Math.max(Math.ceil(at - performance.now()), 1), LONGEST_TIMEOUT);
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        ring();
      }, ms);
    } else if (this.#holds === "no") {
      timer.ref();
    }
    this.#holds = "yes";
  }

  /** Lets go at the end of the event loop's turn: in between, the next alarm often wants the timer back. */
  restAlarm(): void {
    if (this.#holds === "yes") this.#holds = "until the turn ends";
    if (this.#turnEndAwaited) return;
    this.#turnEndAwaited = true;
    setImmediate(() => {
      this.#turnEndAwaited = false;
      if (this.#holds === "yes") return;
      this.#holds = "no";
      this.#timer?.unref();
    });
  }
}

export const hostClock: Clock = new HostClock();
