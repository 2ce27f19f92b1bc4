import * as functions from "abort-controller-x";
import { checkBody } from "../scope/body.ts";
import type { ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { attempt, attemptName } from "./attempts.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";

/**
 * How often and at what pace to try.
 *
 * @public
 */
export interface RetryOptions extends ScopeOptions {
  /** How many attempts are made in all, 1 or more; 3 by default, `Infinity` for no end. */
  maxAttempts?: number | undefined;
  /** The delay after the first attempt, in milliseconds; it doubles each time and is shortened at random by up to a half. 1,000 by default. */
  baseMs?: number | undefined;
  /** The longest delay, in milliseconds; 30,000 by default. */
  maxDelayMs?: number | undefined;
  /** Called with each failure that is followed by another attempt; throwing from it gives up. */
  onError?: ((error: unknown, attempt: number) => void) | undefined;
}

const RETRY_OPTIONS = new KnownOptions<RetryOptions>("`retry`", {
  maxAttempts: checkCount,
  baseMs: checkDuration,
  maxDelayMs: checkDuration,
  onError: checkBody,
  ...SCOPE_OPTIONS.checks,
});

/**
 * Calls `fn` until it succeeds, with growing, randomised delays, and gives its value. With the last attempt
 * spent, the third if nothing else is said, it rejects with the last failure.
 *
 * Each attempt runs in a group of its own, so that nothing of a failed attempt runs into the next one.
 *
 * **Cancellation:** cancels the attempt or the delay under way. The promise rejects with the scope's reason, or with what
 * failed in the attempt's cleanup; a value that came in spite of it is the result. Neither is tried again.
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
  const { maxAttempts = 3, baseMs, maxDelayMs, onError, ...scope } = RETRY_OPTIONS.read(options);
  const name = scope.name ?? (fn.name || "retry");
  return taskGroup(
    async (group) => {
      try {
        return await retryWithSignal(
          abortOf(group),
          (_signal, number) => one(fn, number, attemptName(name, number), group),
          {
            // Its count leaves the first attempt out.
            maxAttempts: maxAttempts - 1,
            ...given({ baseMs, maxDelayMs, onError: unpacking(onError) }),
          },
        );
      } catch (error) {
        throw error instanceof Final || error instanceof Packed ? error.error : error;
      }
    },
    { ...scope, name },
  );
}

/** Where nothing may make code of text, the oldest Node that we support does not see the names that a CommonJS module exports. */
const { retry: retryWithSignal } = exportsOf(functions);

/** Bundlers refuse a name that they see to be missing. */
function exportsOf<T>(namespace: T): T {
  return (namespace as { readonly default?: T }).default ?? namespace;
}

/** An attempt whose failure the algorithm can tell from a cancellation: it knows that by its name alone. */
async function one<T>(
  fn: (task: TaskScope, attempt: number) => T | PromiseLike<T>,
  number: number,
  name: string,
  group: TaskGroup,
): Promise<T> {
  try {
    return await attempt(fn, number, name, { scope: group });
  } catch (error) {
    throw group.cancelled ? new Final(error) : new Packed(error);
  }
}

/** Aborts with the group, which turns the algorithm's `AbortError` into its reason again. */
function abortOf(group: TaskGroup): AbortSignal {
  const controller = new AbortController();
  group.onCancel(() => controller.abort());
  return controller.signal;
}

/** A failure to try again after, an `AbortError` of somebody else's included. */
class Packed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What comes out of an attempt that was cancelled, be it a failure: the algorithm lets it through. */
class Final extends Error {
  override readonly name = "AbortError";
  readonly error: unknown;

  constructor(error: unknown) {
    super();
    this.error = error;
  }
}

function unpacking(
  onError: RetryOptions["onError"],
): ((error: unknown, attempt: number) => void) | undefined {
  if (onError === undefined) return undefined;
  return (error, number) => {
    try {
      onError((error as Packed).error, number);
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
