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

  now(): number {
    return performance.now();
  }

  setAlarm(at: number, ring: () => void): void {
    if (this.#timer !== undefined) {
      if (this.#at <= at) {
        this.#timer.ref();
        return;
      }
      clearTimeout(this.#timer);
    }
    this.#at = at;
    const ms = Math.min(Math.max(Math.ceil(at - performance.now()), 1), LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#at = Infinity;
      ring();
    }, ms);
  }

  restAlarm(): void {
    this.#timer?.unref();
  }
}

export const hostClock: Clock = new HostClock();
