import { DeadlockError } from "../../errors.ts";
import { isAwait } from "../../tasks/deadlock.ts";
import type { LifetimeActivity } from "../run/lifetime-activities.ts";

type Callback<T, R> = ((value: T) => R | PromiseLike<R>) | null | undefined;

/**
 * What `close()` gives to code of a activity, which the lifetime waits for: a callback may follow it, an `await` would
 * wait for itself. It is a subclass, since the language calls the `then` of no other promise when it awaits one.
 */
export class CloseFromInside extends Promise<void> {
  readonly #closed: Promise<void>;
  readonly #guest: LifetimeActivity;
  readonly #name: string;

  constructor(closed: Promise<void>, activity: LifetimeActivity, name: string) {
    super(() => {});
    this.#closed = closed;
    this.#guest = activity;
    this.#name = name;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is about
  override then<A = void, B = never>(
    onFulfilled?: Callback<void, A>,
    onRejected?: Callback<unknown, B>,
  ): Promise<A | B> {
    const isDeadlock = isAwait(onFulfilled) && !this.#guest._ended;
    return (isDeadlock ? this.#deadlock() : this.#closed).then(onFulfilled, onRejected);
  }

  override finally(onFinally?: (() => void) | null): Promise<void> {
    return this.#closed.finally(onFinally);
  }

  #deadlock(): Promise<void> {
    return Promise.reject(
      new DeadlockError(
        `Lifetime "${this.#name}" would wait for ever: it closes when what runs in it has ended, and this code, which is part ` +
          `of that, waits for it. Close it without \`await\`, or outside of its resolutions`,
      ),
    );
  }
}
