import type { ParentScope } from "./scope-child.ts";
import type { ScopeLike } from "./cancel-scope.ts";
import { checkDuration } from "./durations.ts";
import { now, schedule, type Timer, unschedule } from "./timers.ts";
import { Wait, waitScope } from "./wait.ts";
import { keepShape } from "./shapes.ts";

class Sleep extends Wait<void> implements Timer {
  at: number;
  _order = 0;
  _place = -1;

  constructor(scope: ParentScope | null, at: number) {
    super(scope);
    this.at = at;
  }

  get _slips(): boolean {
    return true;
  }

  _expire(): void {
    this._grantNow(undefined);
  }

  override _waitsFor(): string {
    return `the time, ${Math.max(0, Math.round(this.at - now()))} ms from now`;
  }

  override _withdraw(): void {
    super._withdraw();
    unschedule(this);
  }

  static {
    keepShape(new Sleep(null, 0.5));
  }
}

/**
 * Waits for a time. It never ends early, keeps the process alive, and costs no timer of Node's.
 *
 * **Cancellation:** rejects at once with the scope's reason; nothing is left behind.
 *
 * @param ms - milliseconds, 0 or more; `Infinity` waits for cancellation alone
 * @param scope - the scope to wait under, or anything with a `signal`; none by default
 * @returns a promise that resolves when the time is over
 * @throws TypeError or RangeError, synchronously, if `ms` is no duration
 *
 * @example
 * ```ts
 * import { moveOnAfter, sleep } from "skein";
 *
 * const outcome = await moveOnAfter(10, async (scope) => {
 *   await sleep(60_000, scope);
 * });
 * console.log(outcome.done);
 * // prints: false
 * ```
 *
 * @public
 */
export function sleep(ms: number, scope?: ScopeLike): Promise<void> {
  checkDuration("ms", ms);
  const parent = waitScope(scope);
  if (parent !== null && parent.cancelled) return Promise.reject(parent.reason);
  const wait = new Sleep(parent, now() + ms);
  schedule(wait);
  return wait.promise;
}
