import { checkBody } from "../scope/body.ts";
import type { CancelScope, ScopeOptions } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import type { Scope } from "../scope/scope.ts";
import { moveOnAfter } from "../scope/timeouts.ts";
import { Wait } from "../scope/wait.ts";
import { attempt, attemptName } from "./attempts.ts";
import type { Joiner } from "./joiner.ts";
import { taskGroup } from "./run-group.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskScope } from "./task-group.ts";

/**
 * How many attempts run side by side, and when the next one begins.
 *
 * @public
 */
export interface HedgeOptions extends ScopeOptions {
  /**
   * How long after an attempt has begun the next one does, in milliseconds; 1,000 by default. It begins earlier when
   * every one before it has failed; with `Infinity` only then.
   */
  afterMs?: number | undefined;
  /** How many attempts are made in all, 1 or more; 2 by default. */
  maxAttempts?: number | undefined;
  /** Called with each failure that is not the last word; throwing from it gives up. */
  onError?: ((error: unknown, attempt: number) => void) | undefined;
}

const HEDGE_OPTIONS = /* @__PURE__ */ new KnownOptions<HedgeOptions>("`hedge`", () => ({
  afterMs: checkDuration,
  maxAttempts: checkCount,
  onError: checkBody,
  ...SCOPE_OPTIONS.checks,
}));

/**
 * Calls `fn`, and again beside it when that takes longer than it usually does; gives the first value. The other
 * attempts are cancelled and awaited. When all attempts have failed, rejects with the last failure.
 *
 * Each attempt runs in a group of its own. The delays are exact: choose `afterMs` so that few calls reach it, such as
 * the time within which 95 of 100 are done.
 *
 * **Cancellation:** every attempt is cancelled and awaited. Then the promise resolves with the first value that came in
 * spite of it, or else rejects with what failed after the cancellation, or else with the scope's reason.
 *
 * The idea and its numbers are from "The Tail at Scale" (Dean and Barroso, 2013).
 *
 * @param fn - called with the attempt's scope and its number, from 0
 * @param options - when and how often, and of the group around the attempts
 * @returns the first value
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
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
 *   { afterMs: 5 },
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
  const { afterMs = 1_000, maxAttempts = 2, onError, ...scope } = HEDGE_OPTIONS.read(options);
  const policy = new Attempts<T>(maxAttempts, onError);
  const name = scope.name ?? (fn.name || "hedge");
  return taskGroup<T>(
    async (group) => {
      for (let number = 0; number < maxAttempts; number++) {
        if (number > 0) {
          await moveOnAfter(afterMs, (pause) => policy.noneLeft(pause), { scope: group });
        }
        group.spawn((task) => attempt(fn, number, name, { scope: task }), {
          name: attemptName(name, number),
        });
      }
    },
    { ...scope, name, policy },
  );
}

class Attempts<T> implements Joiner<T> {
  readonly #max: number;
  readonly #onError: HedgeOptions["onError"];
  /** In the order of their beginning. */
  readonly #tasks: Task<unknown>[] = [];
  #running = 0;
  #winner: Task<unknown> | null = null;
  #failure: unknown = undefined;
  #pause: Wait<void> | null = null;

  constructor(max: number, onError: HedgeOptions["onError"]) {
    this.#max = max;
    this.#onError = onError;
  }

  /** Waits until every attempt so far has failed. */
  noneLeft(scope: CancelScope): Promise<void> {
    this.#pause = new Wait<void>(scope as Scope);
    return this.#pause.promise;
  }

  onSpawn(task: Task<unknown>): void {
    this.#tasks.push(task);
    this.#running++;
  }

  onSettle(task: Task<unknown>): boolean {
    this.#running--;
    if (task.status === "fulfilled") this.#winner ??= task;
    else if (!taskInternals.stoppedWithGroup(task)) this.#failed(task);
    return this.#winner !== null;
  }

  #failed(task: Task<unknown>): void {
    this.#failure = taskInternals.error(task);
    if (this.#running === 0) {
      this.#pause?.grant(undefined);
      if (this.#tasks.length === this.#max) return;
    }
    if (this.#winner === null) this.#onError?.(this.#failure, this.#tasks.indexOf(task));
  }

  result(): T {
    if (this.#winner === null) throw this.#failure;
    return this.#winner.result() as T;
  }
}
