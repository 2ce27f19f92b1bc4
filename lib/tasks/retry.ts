import { checkBody } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { sleep } from "../scope/sleep.ts";
import { attempt, attemptName } from "./attempts.ts";
import { checkLimiter, type Limiter } from "./limiter.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskScope } from "./task-group.ts";

/**
 * How often and at what pace to try.
 *
 * @public
 */
export interface RetryOptions extends ScopeOptions {
  /** How many attempts are made in all, 1 or more; 3 by default, `Infinity` for no end. */
  maxAttempts?: number | undefined;
  /**
   * The delay after the first attempt, in milliseconds; it doubles each time and is shortened at random by up to a
   * half. 1,000 by default.
   */
  baseMs?: number | undefined;
  /** The longest delay, in milliseconds; 30,000 by default. */
  maxDelayMs?: number | undefined;
  /**
   * A limiter of which each attempt takes a permit, and holds it until it has ended. If it refuses one, nothing is
   * tried again.
   */
  limit?: Limiter | undefined;
  /** Called with each failure that is followed by another attempt; throwing from it gives up. */
  onError?: ((error: unknown, attempt: number) => void) | undefined;
}

const RETRY_OPTIONS = /* @__PURE__ */ new KnownOptions<RetryOptions>("`retry`", () => ({
  maxAttempts: checkCount,
  baseMs: checkDuration,
  maxDelayMs: checkDuration,
  limit: checkLimiter,
  onError: checkBody,
  ...SCOPE_OPTIONS.checks,
}));

/**
 * Calls `fn` until it succeeds, with growing, randomised delays, and gives its value. With the last attempt
 * spent, the third if nothing else is said, it rejects with the last failure.
 *
 * Each attempt runs in a group of its own, so that nothing of a failed attempt runs into the next one. With a `limit`
 * it waits for a permit first; a limiter's refusal ends it all, as a `RateLimiter` refuses what the deadline leaves no
 * time for.
 *
 * **Cancellation:** cancels the attempt or the delay under way. The promise rejects with the scope's reason, or with
 * what failed in the attempt's cleanup; a value that came in spite of it is the result. Neither is tried again.
 *
 * The delays are those of abort-controller-x: exponential backoff with equal jitter, as described by AWS.
 *
 * @param fn - called with the attempt's scope and its number, from 0
 * @param options - how often, and where the scope stands and what bounds it
 * @returns the value of the attempt that succeeded
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { retry } from "skein";
 *
 * const value = await retry(
 *   (task, attempt) => {
 *     if (attempt < 2) throw new Error("not yet");
 *     return attempt;
 *   },
 *   { baseMs: 1 },
 * );
 * console.log(value);
 * // prints: 2
 * ```
 *
 * @public
 */
export function retry<T>(
  fn: (task: TaskScope, attempt: number) => T | PromiseLike<T>,
  options?: RetryOptions,
): Promise<T> {
  checkBody("fn", fn);
  const {
    maxAttempts = 3,
    baseMs = 1_000,
    maxDelayMs = 30_000,
    limit,
    onError,
    ...scope
  } = RETRY_OPTIONS.read(options);
  const name = scope.name ?? (fn.name || "retry");
  return taskGroup(
    async (group) => {
      for (let number = 0; ; number++) {
        let hasBegun = false;
        const begin = (task: TaskScope, attempt: number): T | PromiseLike<T> => {
          hasBegun = true;
          return fn(task, attempt);
        };
        const inLine = { scope: group, concurrency: limit };
        try {
          return await attempt(begin, number, attemptName(name, number), inLine);
        } catch (error) {
          if (!hasBegun || group.cancelled || number + 1 >= maxAttempts) throw error;
          onError?.(error, number);
        }
        const delayMs = delayAfter(number, baseMs, maxDelayMs);
        if (delayMs > 0) await sleep(delayMs, group);
      }
    },
    { ...scope, name },
  );
}

/** No number, and so no delay, where 0 is doubled without end. */
function delayAfter(attempt: number, baseMs: number, maxDelayMs: number): number {
  const backoff = Math.min(maxDelayMs, baseMs * 2 ** attempt);
  return Math.round((backoff * (1 + Math.random())) / 2);
}
