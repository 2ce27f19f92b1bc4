import { got, SkeinError } from "../errors.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { CancelScope, ScopeLike } from "../scope/cancel-scope.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";
import { Lock, lockStateOf } from "./lock.ts";
import type { Hold, LockState } from "./lock-state.ts";

/** Waits for a notice, outside of the lock. */
class Notice extends QueuedWait<void> {
  readonly #hold: Hold;
  #back: Promise<Hold> | null = null;

  constructor(scope: ParentScope | null, hold: Hold) {
    super(scope);
    this.#hold = hold;
  }

  /** The one who waits stands in the lock's line from now on. */
  arrive(): void {
    void this.goBack();
    this._grantNow(undefined);
  }

  goBack(): Promise<Hold> {
    return (this.#back ??= this.#hold.state.resume(this.#hold));
  }
}

/**
 * What a {@link Condition} is doing at the moment.
 *
 * @public
 */
export interface ConditionStatistics {
  /** Whether somebody holds its lock. */
  readonly locked: boolean;
  /** How many calls of `wait` have not been notified. */
  readonly waiting: number;
}

/**
 * A lock, and a place to wait inside it until somebody else has changed what it protects.
 *
 * `wait` leaves the lock while it waits and is back inside before it returns, whatever happened. A notice goes to one
 * who waits at that time; it is never lost to one that is cancelled.
 *
 * @example
 * ```ts
 * import { Condition, taskGroup } from "skein";
 *
 * const changed = new Condition();
 * const stock: string[] = [];
 * await taskGroup(async (group) => {
 *   group.spawn((task) =>
 *     changed.with(async (held) => {
 *       while (stock.length === 0) await changed.wait(held);
 *       console.log(stock.shift());
 *     }, task),
 *   );
 *   group.spawn((task) =>
 *     changed.with(() => {
 *       stock.push("a pear");
 *       changed.notify();
 *     }, task),
 *   );
 * });
 * // prints: a pear
 * ```
 *
 * @public
 */
export class Condition {
  readonly #lock: Lock;
  readonly #state: LockState;
  readonly #waiting = new WaitQueue<Notice>();

  /**
   * @param lock - several conditions can share one; a lock of its own by default
   * @throws TypeError if it is something else
   */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) {
      throw new TypeError(`Expected \`lock\` to be a Lock, got ${got(lock)}`);
    }
    this.#lock = lock;
    this.#state = lockStateOf(lock);
  }

  /**
   * Runs a function while holding the lock: {@link Lock.with} of its lock.
   *
   * **Cancellation:** of the wait for the lock: rejects with the scope's reason, and the function was not
   * called. Afterwards it reaches the function through the scope; the lock is released when the function has ended.
   *
   * @param fn - called later than the next line, with a scope to run under
   * @param scope - the scope to wait for the lock under and to run under, or anything with a `signal`; none by default
   * @returns what the function returns
   * @throws TypeError, synchronously, if `fn` is not a function
   */
  with<T>(fn: (held: CancelScope) => T | PromiseLike<T>, scope?: ScopeLike): Promise<T> {
    return this.#lock.with(fn, scope);
  }

  /**
   * Leaves the lock, waits for a notice, and comes back into the lock. What you waited for may have been changed
   * again by then, so look at it in a loop.
   *
   * **Cancellation:** rejects with the scope's reason, after it has come back into the lock; it took no notice away
   * from others. Once notified, the cancellation comes too late.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @throws SkeinError with code `ERR_SKEIN_NOT_LOCKED` if nobody holds the lock
   */
  wait(scope?: ScopeLike): Promise<void> {
    const parent = methodScope(scope);
    const { hold } = this.#state;
    if (hold === null) return Promise.reject(notLocked("wait"));
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    const notice = new Notice(parent, hold);
    this.#waiting.push(notice);
    this.#state.passOn();
    return outAndBack(notice);
  }

  /**
   * Lets those who have waited longest come back, as soon as the lock is free. Does nothing if nobody waits.
   *
   * @param count - how many: an integer of 0 or more, or `Infinity`; 1 by default
   * @throws TypeError or RangeError if `count` is neither
   * @throws SkeinError with code `ERR_SKEIN_NOT_LOCKED` if nobody holds the lock
   */
  notify(count: number = 1): void {
    if (!(count >= 0 && (Number.isInteger(count) || count === Infinity))) {
      const message = `Expected \`count\` to be an integer of 0 or more or Infinity, got ${got(count)}`;
      throw typeof count === "number" ? new RangeError(message) : new TypeError(message);
    }
    if (this.#state.hold === null) throw notLocked("notify");
    for (let left = count; left > 0; left--) {
      const notice = this.#waiting.shift();
      if (notice === null) return;
      notice.arrive();
    }
  }

  /**
   * Lets everybody who waits come back, one after another.
   *
   * @throws SkeinError with code `ERR_SKEIN_NOT_LOCKED` if nobody holds the lock
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** Whether its lock is held, and how many calls of `wait` have not been notified. */
  statistics(): ConditionStatistics {
    return { locked: this.#lock.locked, waiting: this.#waiting.size };
  }
}

async function outAndBack(notice: Notice): Promise<void> {
  try {
    await notice.promise;
  } finally {
    await notice.goBack();
  }
}

function notLocked(method: string): SkeinError {
  return new SkeinError(
    "ERR_SKEIN_NOT_LOCKED",
    `Expected \`${method}\` of a condition to be called while its lock is held. Call it inside \`condition.with\``,
  );
}
