import type { Turns } from "../scope/turns.ts";

/** Kept, for a test may put others in their place. */
const host = { nextTick: process.nextTick.bind(process), queueMicrotask };

interface Held {
  readonly goOn: () => void;
  readonly begins: boolean;
}

/** Holds what is ready back and lets one after another go on, each until it waits again. */
export class SeededTurns implements Turns {
  readonly #choose: (count: number) => number;
  /** In the order in which they became ready. */
  readonly #held: Held[] = [];
  #armed = false;

  constructor(choose: (count: number) => number) {
    this.#choose = choose;
  }

  begin(ready: Promise<void>): Promise<void> {
    return ready.then(() => this.#turn(true));
  }

  resume<T>(wait: Promise<T>): Promise<T> {
    return wait.then(
      (value) => this.#turn(false).then(() => value),
      (error: unknown) =>
        this.#turn(false).then(() => {
          throw error;
        }),
    );
  }

  #turn(begins: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push({ goOn: resolve, begins });
      this.#arm();
    });
  }

  /** A tick that is asked for in a microtask comes when every microtask has run. */
  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    host.queueMicrotask(() => host.nextTick(() => this.#release()));
  }

  #release(): void {
    this.#armed = false;
    const firstToBegin = this.#held.findIndex(({ begins }) => begins);
    const ready = this.#held.filter(({ begins }, index) => !begins || index === firstToBegin);
    const chosen = ready[this.#choose(ready.length)]!;
    this.#held.splice(this.#held.indexOf(chosen), 1);
    chosen.goOn();
    if (this.#held.length > 0) this.#arm();
  }
}
