import { timeoutUntil } from "./clock.ts";

/** What has a timer to itself. */
interface Lone {
  readonly at: number;
}

/** A timer of the host's for each that waits: where one may be gone before another is due, no two can share one. */
export class LoneTimers<T extends Lone> {
  readonly #set = new WeakMap<T, ReturnType<typeof setTimeout>>();
  readonly #now: () => number;
  readonly #fire: (timer: T) => void;

  constructor(now: () => number, fire: (timer: T) => void) {
    this.#now = now;
    this.#fire = fire;
  }

  set(timer: T): void {
    const ring = (): void => {
      if (timer.at > this.#now()) this.set(timer);
      else this.#fire(timer);
    };
    this.#set.set(timer, setTimeout(ring, timeoutUntil(timer.at, this.#now())));
  }

  clear(timer: T): void {
    clearTimeout(this.#set.get(timer));
  }
}
