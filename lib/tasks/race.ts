import { keepShape } from "../scope/shapes.ts";
import { unlimited } from "./admission.ts";
import { checkFunctions, Combination, combine, spawnAll } from "./combination.ts";
import { Group } from "./group.ts";
import { COMBINATOR_OPTIONS } from "./group-options.ts";
import type { Joiner } from "./joiner.ts";
import { makeGroup, runGroup } from "./run-group.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskFunction, TaskGroupOptions } from "./task-group.ts";

/**
 * Runs every function at once and gives the first to settle: its value, or its failure. The others are cancelled and
 * awaited first; if one of them fails in its cleanup, the promise rejects with that failure.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. Then the promise rejects with what failed,
 * or else resolves with the first value that came in spite of it, or else rejects with the outer reason.
 *
 * @param functions - not promises; at least one
 * @param options - of the group that they run in
 * @returns what the first one to settle gave
 * @throws TypeError, synchronously, if one of them is no function; RangeError if there is none
 *
 * @example
 * ```ts
 * import { race, sleep } from "skein";
 *
 * const winner = await race([
 *   () => "at once",
 *   async (task) => {
 *     await sleep(60_000, task);
 *     return "late";
 *   },
 * ]);
 * console.log(winner);
 * // prints: at once
 * ```
 *
 * @public
 */
export function race<const T extends readonly TaskFunction<unknown>[]>(
  functions: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<T[number] extends TaskFunction<infer V> ? Awaited<V> : never> {
  checkFunctions(functions);
  const given = COMBINATOR_OPTIONS.read(options);
  if (functions.length === 0) {
    throw new RangeError(
      "Expected `functions` to hold at least one function, got none: nothing would ever win",
    );
  }
  return combine(FirstEnd, "race", functions, given);
}

/**
 * Runs every function at once and gives the first value. The others are cancelled and awaited before it is returned.
 * Failures count only if there is no value: then the promise rejects with an `AggregateError` of all of them, in
 * the order of occurrence.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. Then the promise resolves with the first
 * value that came in spite of it; without one it rejects with the `AggregateError` if a function failed after the
 * cancellation, else with the outer reason.
 *
 * @param functions - not promises; with none, the promise rejects
 * @param options - of the group that they run in
 * @returns the value of the first one to succeed
 * @throws TypeError, synchronously, if one of them is no function
 *
 * @example
 * ```ts
 * import { any } from "skein";
 *
 * const mirror = await any([
 *   () => {
 *     throw new Error("mirror A is down");
 *   },
 *   () => "mirror B",
 * ]);
 * console.log(mirror);
 * // prints: mirror B
 * ```
 *
 * @public
 */
export function any<const T extends readonly TaskFunction<unknown>[]>(
  functions: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<T[number] extends TaskFunction<infer V> ? Awaited<V> : never> {
  checkFunctions(functions);
  const given = COMBINATOR_OPTIONS.read(options);
  const policy = new FirstValue();
  const group = makeGroup(Group, { ...given, policy });
  return runGroup(group, () => policy.begin(group, functions)) as Promise<never>;
}

class FirstEnd extends Combination {
  #hasEnd = false;

  override _taskEnded(task: Task<unknown>): void {
    if (this.#hasEnd || !this._isOfList(task)) return;
    this.#hasEnd = true;
    if (task.status === "fulfilled") this.finish(taskInternals.content(task));
    else if (task.status === "cancelled") this._callbackFailed(taskInternals.error(task));
  }

  override _collect(): boolean {
    return this.#hasEnd;
  }

  static {
    keepShape(new FirstEnd(null, unlimited, {}));
  }
}

class FirstValue implements Joiner {
  #group: Group | null = null;
  #left = 0;
  #winner: Task<unknown> | null = null;
  readonly #errors: unknown[] = [];
  /** A function has failed although it was told to stop: that outranks the cancellation. */
  #failedLate = false;

  begin(group: Group, functions: readonly TaskFunction<unknown>[]): void {
    this.#group = group;
    spawnAll(group, functions, "any");
  }

  onSpawn(): void {
    this.#left++;
  }

  onSettle(task: Task<unknown>): boolean {
    this.#left--;
    if (this.#winner === null) this.#take(task);
    return this.#winner !== null || (this.#left === 0 && this.#failedLate);
  }

  #take(task: Task<unknown>): void {
    if (task.status === "fulfilled") this.#winner = task;
    else if (!taskInternals.stoppedWithGroup(task)) {
      this.#errors.push(errorOf(task));
      this.#failedLate ||= task.status === "rejected" && this.#group!.cancelled;
    }
  }

  result(): unknown {
    if (this.#winner !== null) return this.#winner.result();
    const count = this.#errors.length;
    throw new AggregateError(
      this.#errors,
      count === 0
        ? "None of no functions gave a value: pass at least one"
        : `None of ${count} functions gave a value`,
    );
  }
}

function errorOf(task: Task<unknown>): unknown {
  try {
    return task.result();
  } catch (error) {
    return error;
  }
}
