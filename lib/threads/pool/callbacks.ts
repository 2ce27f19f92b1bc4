import { isThenable } from "../../scope/is-thenable.ts";
import { withinCall } from "../call-events.ts";
import type { Call, Thread } from "./call.ts";
import type { Permits } from "./permits.ts";

/** The pool whose callback runs at this moment, up to its first `await`. */
let inside: object | undefined;

/** Whether a callback of this pool is what runs. */
export function isInCallbackOf(pool: object): boolean {
  return inside === pool;
}

function insideCallbackOf<T>(pool: object, run: () => T): T {
  const outer = inside;
  inside = pool;
  try {
    return run();
  } finally {
    inside = outer;
  }
}

/** Runs what the worker of a call waits for, and answers. */
export function callBack(
  pool: object,
  permits: Permits,
  thread: Thread,
  call: Call,
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
): void {
  try {
    const run = (): unknown => insideCallbackOf(pool, () => fn(...args));
    const result = withinCall(call, run, call.options.links!.context);
    if (isThenable(result)) call.answering = answerLater(permits, thread, call, result);
    else thread.answer(true, result);
  } catch (error) {
    thread.answer(false, error);
  }
}

/** Settles with the callback. */
async function answerLater(
  permits: Permits,
  thread: Thread,
  call: Call,
  result: PromiseLike<unknown>,
): Promise<void> {
  permits.lend(thread, call);
  let outcome: readonly [succeeded: boolean, value: unknown];
  try {
    outcome = [true, await result];
  } catch (error) {
    outcome = [false, error];
  }
  void permits.takeBack(thread, call).then((isThere) => {
    if (isThere) thread.answer(...outcome);
  });
}

/**
 * Calls that were cancelled, and whose threads have ended while a callback of theirs goes on here. Nothing that belongs
 * to a call outlives it, but for a callback that may be waiting for the end of the pool, or for its own call.
 */
export class Unanswered {
  readonly #settles = new Set<() => void>();
  #hasEnded = false;

  settle(answering: Promise<void> | undefined, settle: () => void): void {
    if (answering === undefined || this.#hasEnded) return settle();
    this.#settles.add(settle);
    void answering.then(() => {
      this.#settles.delete(settle);
      settle();
    });
  }

  end(): void {
    this.#hasEnded = true;
    for (const settle of this.#settles) settle();
  }
}
