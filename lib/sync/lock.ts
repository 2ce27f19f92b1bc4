import { knowInCopies } from "../errors/copies.ts";
import { checkBody } from "../scope/body.ts";
import type { CancelScope, ScopeLike } from "../scope/cancel-scope.ts";
import { outcomeOf } from "../scope/run-scope.ts";
import { PlainScope } from "../scope/scope.ts";
import { methodScope } from "../scope/wait.ts";
import { type Hold, LockState } from "./lock-state.ts";
import type { Permit } from "./permit.ts";
import { keepShape } from "../scope/shapes.ts";

let stateOf: (lock: Lock) => LockState;

/**
 * What a {@link Lock} is doing at the moment.
 *
 * @public
 */
export interface LockStatistics {
  /** Whether somebody holds it. */
  readonly locked: boolean;
  /** How many calls wait for it. */
  readonly waiting: number;
}

/**
 * Lets one in at a time, first come, first served. For a change to shared state that has an `await` in the middle.
 *
 * Only its holder can release it, for only the holder has the permit; releasing again does nothing. A holder that
 * drops its permit without releasing it makes the others fail with a {@link DeadlockError} instead of waiting
 * forever, once the permit has been collected as garbage.
 *
 * @example
 * ```ts
 * import { Lock, sleep } from "skein";
 *
 * const lock = new Lock();
 * let balance = 10;
 * const withdraw = (amount: number) =>
 *   lock.with(async () => {
 *     if (balance < amount) return "refused";
 *     await sleep(1);
 *     balance -= amount;
 *     return "paid";
 *   });
 * console.log(await Promise.all([withdraw(7), withdraw(7)]), balance);
 * // prints: [ 'paid', 'refused' ] 3
 * ```
 *
 * @public
 */
export class Lock {
  readonly #state = new LockState();

  /** Whether somebody holds it. */
  get locked(): boolean {
    return this.#state.hold !== null;
  }

  /**
   * Waits until the lock is yours. Where you can, use {@link Lock.with}, which cannot forget to release.
   *
   * **Cancellation:** rejects with the scope's reason and does not hold the lock. Once it was granted, the
   * cancellation comes too late and the lock is yours.
   *
   * @param scope - the scope to wait under, or anything with a `signal`; none by default
   * @returns the permit, to be released by you
   * @throws DeadlockError if the scope belongs to a `with` that holds this lock, or if the holder's permit is lost
   */
  acquire(scope?: ScopeLike): Promise<Permit> {
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    return this.#state.acquire(parent);
  }

  /** Takes the lock if nobody holds it at this moment. */
  tryAcquire(): Permit | undefined {
    return this.#state.tryAcquire();
  }

  /**
   * Runs a function while holding the lock, and releases that when the function has settled.
   *
   * The function gets a scope. Who asks for the same lock under that scope, or under one below it, while it runs
   * is told at once that this could never end.
   *
   * **Cancellation:** of the wait for the lock: rejects with the scope's reason, and the function was not
   * called. Afterwards it reaches the function through the scope; the lock is released when the function has ended.
   *
   * @param fn - called later than the next line, whether the lock is free or not
   * @param scope - the scope to wait for the lock under and to run under, or anything with a `signal`; none by default
   * @returns what the function returns
   * @throws TypeError, synchronously, if `fn` is not a function
   * @throws DeadlockError as `acquire` does
   */
  with<T>(fn: (held: CancelScope) => T | PromiseLike<T>, scope?: ScopeLike): Promise<T> {
    checkBody("fn", fn);
    const parent = methodScope(scope);
    if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
    return inside(this.#state.enter(parent), fn, scope);
  }

  static #awaited(): readonly unknown[] {
    const lock = new Lock();
    const permit = lock.tryAcquire();
    void lock.acquire();
    return [lock, permit];
  }

  /** Whether it is held, and how many calls wait for it. */
  statistics(): LockStatistics {
    return { locked: this.locked, waiting: this.#state.waiting.size };
  }

  static {
    knowInCopies(this, "Lock");
    stateOf = (lock) => lock.#state;
    keepShape(this.#awaited());
  }
}

export { stateOf as lockStateOf };

async function inside<T>(
  entering: Promise<Hold>,
  fn: (held: CancelScope) => T | PromiseLike<T>,
  scope: ScopeLike | undefined,
): Promise<T> {
  const hold = await entering;
  try {
    const region = (hold.region = new PlainScope(methodScope(scope), undefined, false));
    const outcome = await outcomeOf(region, fn);
    if (!outcome.done) throw outcome.reason;
    return outcome.value;
  } finally {
    hold.leave();
  }
}
