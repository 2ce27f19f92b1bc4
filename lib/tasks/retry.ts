import { proactiveRetry, retry as retryWithSignal } from "abort-controller-x";
import { checkBody } from "../scope/body.ts";
import type { CancelScope, ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";

/**
 * How often and at what pace to try.
 *
 * @public
 */
export interface RetryOptions extends ScopeOptions {
  /** How many attempts are made in all, 1 or more; unlimited by default. */
  maxAttempts?: number | undefined;
  /** The delay after the first attempt, in milliseconds; it doubles each time and is shortened at random by up to a half. 1,000 by default. */
  baseMs?: number | undefined;
  /** The longest delay, in milliseconds; 30,000 by default. */
  maxDelayMs?: number | undefined;
  /** Called with each failure that is followed by another attempt; throwing from it gives up. */
  onError?: ((error: unknown, attempt: number) => void) | undefined;
}

/**
 * How often and at what pace to start another attempt beside those that run.
 *
 * @public
 */
export type HedgeOptions = Omit<RetryOptions, "maxDelayMs">;

const HEDGE_OPTIONS = new KnownOptions<HedgeOptions>("`hedge`", {
  maxAttempts: checkCount,
  baseMs: checkDuration,
  onError: checkBody,
  ...SCOPE_OPTIONS.checks,
});
const RETRY_OPTIONS = new KnownOptions<RetryOptions>("`retry`", {
  maxDelayMs: checkDuration,
  ...HEDGE_OPTIONS.checks,
});

/**
 * Calls `fn` until it succeeds, with growing, randomised delays, and gives its value. With the last attempt
 * spent, it rejects with the last failure.
 *
 * Each attempt runs in a group of its own, so that nothing of a failed attempt runs into the next one.
 *
 * **Cancellation:** cancels the attempt or the delay under way; the promise rejects with the scope's reason. It is never retried.
 *
 * The algorithm is that of abort-controller-x, with exponential backoff and equal jitter as described by AWS.
 *
 * @param fn - called with the attempt's scope and its number, from 0
 * @param options - how often, and where the scope stands and what bounds it
 * @throws TypeError or RangeError, synchronously, for an argument that is none of what is expected
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
    maxAttempts = Infinity,
    baseMs,
    maxDelayMs,
    onError,
    ...scope
  } = RETRY_OPTIONS.read(options);
  return taskGroup((group) => {
    const attempt = (signal: AbortSignal, number: number): Promise<T> =>
      one(fn, number, signal, group);
    return unpacked(
      retryWithSignal(abortOf(group), attempt, {
        // Its count leaves the first attempt out.
        maxAttempts: maxAttempts - 1,
        ...given({ baseMs, maxDelayMs, onError: unpacking(onError) }),
      }),
    );
  }, scope);
}

/**
 * Calls `fn`, and again beside it whenever no attempt has succeeded within a growing delay; gives the first value.
 * The other attempts are cancelled and awaited. When all attempts have failed, rejects with the last failure.
 *
 * **Cancellation:** every attempt is cancelled and awaited; the promise rejects with the scope's reason.
 *
 * The algorithm is that of abort-controller-x (`proactiveRetry`).
 *
 * @param fn - called with the attempt's scope and its number, from 0; must be fit to run several times at once
 * @param options - how often, and where the scope stands and what bounds it
 * @throws TypeError or RangeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { hedge, sleep } from "skein";
 *
 * const value = await hedge(
 *   async (task, attempt) => {
 *     await sleep(attempt === 0 ? 60_000 : 1, task);
 *     return attempt;
 *   },
 *   { baseMs: 5, maxAttempts: 2 },
 * );
 * console.log(value);
 * // prints: 1
 * ```
 *
 * @public
 */
export function hedge<T>(
  fn: (task: TaskScope, attempt: number) => T | PromiseLike<T>,
  options?: HedgeOptions,
): Promise<T> {
  checkBody("fn", fn);
  const { maxAttempts = Infinity, baseMs, onError, ...scope } = HEDGE_OPTIONS.read(options);
  return taskGroup(
    async (group) => {
      const attempt = (signal: AbortSignal, number: number): Promise<T> =>
        group.spawn((task) => one(fn, number, signal, task), { name: fn.name });
      const value = await unpacked(
        proactiveRetry(abortOf(group), attempt, {
          maxAttempts,
          ...given({ baseMs, onError: unpacking(onError) }),
        }),
      );
      return group.finish(value);
    },
    { ...scope, policy: "supervise" },
  );
}

/** One attempt, in a group of its own. Its failures travel packed, for an `AbortError` of somebody else's is one, too. */
async function one<T>(
  fn: (task: TaskScope, attempt: number) => T | PromiseLike<T>,
  attempt: number,
  signal: AbortSignal,
  scope: CancelScope,
): Promise<T> {
  try {
    return await taskGroup((group) => group.spawn((task) => fn(task, attempt), { name: fn.name }), {
      signal,
      scope,
    });
  } catch (error) {
    if (!signal.aborted) throw new Packed(error);
    throw error === scope.reason ? signal.reason : error;
  }
}

/** The algorithms know a cancellation by its name alone; the group turns it into its reason again. */
function abortOf(group: TaskGroup): AbortSignal {
  const controller = new AbortController();
  group.onCancel(() => controller.abort());
  return controller.signal;
}

class Packed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

async function unpacked<T>(running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    throw error instanceof Packed ? error.error : error;
  }
}

function unpacking(
  onError: RetryOptions["onError"],
): ((error: unknown, attempt: number) => void) | undefined {
  if (onError === undefined) return undefined;
  return (error, attempt) => {
    try {
      onError(error instanceof Packed ? error.error : error, attempt);
    } catch (thrown) {
      throw new Packed(thrown);
    }
  };
}

/** Without the members that are undefined. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as never;
}
