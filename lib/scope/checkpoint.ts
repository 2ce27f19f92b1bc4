import type { Trunk } from "./branch.ts";
import type { Within } from "./cancel-scope.ts";
import { host } from "./host.ts";
import { Wait, waitScope } from "./wait.ts";

class Turn extends Wait<void> {
  readonly #immediate: NodeJS.Immediate;

  constructor(scope: Trunk | null) {
    super(scope);
    this.#immediate = host.setImmediate(() => this.grant(undefined));
  }

  override _waitsFor(): string {
    return "a turn of the event loop";
  }

  override _withdraw(): void {
    super._withdraw();
    host.clearImmediate(this.#immediate);
  }
}

/**
 * Lets everything else have a turn: timers, I/O, other tasks. For a long computation that should stay
 * interruptible.
 *
 * **Cancellation:** rejects with the scope's reason if the scope is cancelled before the turn is over.
 *
 * @param within - the scope to wait under, or anything with a `signal`; none by default
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
export function checkpoint(within?: Within): Promise<void> {
  const scope = waitScope(within);
  if (scope !== null && scope.cancelled) return Promise.reject(scope.reason);
  return new Turn(scope).promise;
}
