import { clearImmediate, setImmediate } from "../host.ts";
import type { Turn as HostTurn } from "../host/contract.ts";
import type { ParentScope } from "./scope-child.ts";
import type { ScopeLike } from "./cancel-scope.ts";
import { runOrder } from "./run-order.ts";
import { Wait, waitScope } from "./wait.ts";

let waiting = 0;

/** How many wait for a turn of the event loop that has not come. */
export function checkpointsWaiting(): number {
  return waiting;
}

class Turn extends Wait<void> {
  /** `null` once the event loop has turned. */
  #immediate: HostTurn | null;

  constructor(scope: ParentScope | null) {
    super(scope);
    waiting++;
    this.#immediate = setImmediate(() => {
      waiting--;
      this.#immediate = null;
      if (runOrder === null) this._expire();
      else runOrder.fire(this);
    });
  }

  get _slips(): boolean {
    return true;
  }

  _expire(): void {
    this._grantNow(undefined);
  }

  override _waitsFor(): string {
    return "a turn of the event loop";
  }

  override _withdraw(): void {
    super._withdraw();
    if (this.#immediate === null) return;
    waiting--;
    clearImmediate(this.#immediate);
  }
}

/**
 * Lets everything else have a turn: timers, I/O, other tasks. For a long computation that should stay
 * interruptible.
 *
 * **Cancellation:** rejects with the scope's reason if the scope is cancelled before the turn is over.
 *
 * @param scope - the scope to wait under, or anything with a `signal`; none by default
 * @returns a promise that resolves when whatever else was ready has had its turn
 *
 * @example
 * ```ts
 * import { cancelScope, checkpoint } from "skein";
 *
 * const outcome = await cancelScope(async (scope) => {
 *   for (let i = 0; ; i++) {
 *     if (i === 3) scope.cancel("enough");
 *     await checkpoint(scope);
 *   }
 * });
 * console.log(outcome);
 * // prints: { done: false, reason: 'enough' }
 * ```
 *
 * @public
 */
export function checkpoint(scope?: ScopeLike): Promise<void> {
  const parent = waitScope(scope);
  if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
  return new Turn(parent).promise;
}
