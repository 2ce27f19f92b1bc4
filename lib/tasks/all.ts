import { keepShape } from "../scope/shapes.ts";
import { unlimited } from "./admission.ts";
import { checkFunctions, combine, Combination } from "./combination.ts";
import { COMBINATOR_OPTIONS } from "./group-options.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskFunction, TaskGroupOptions } from "./task-group.ts";

/**
 * Runs every function at once and gives their values in the same order. When one fails, the others are cancelled
 * and awaited, then the promise rejects with that first failure.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. If that has stopped one, or one has
 * failed, the promise rejects, with the first failure or else with the outer reason.
 *
 * @param functions - not promises: what has been started cannot be cancelled
 * @param options - of the group that they run in
 * @returns the values, in the order of the functions
 * @throws TypeError, synchronously, if one of them is no function
 *
 * @example
 * ```ts
 * import { all, sleep } from "skein";
 *
 * const [user, orders] = await all([
 *   async (task) => {
 *     await sleep(1, task);
 *     return { name: "Ada" };
 *   },
 *   () => [1, 2, 3],
 * ]);
 * console.log(user.name, orders.length);
 * // prints: Ada 3
 * ```
 *
 * @public
 */
export function all<const T extends readonly TaskFunction<unknown>[] | []>(
  functions: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<{ -readonly [K in keyof T]: T[K] extends TaskFunction<infer V> ? Awaited<V> : never }> {
  checkFunctions(functions);
  return combine(AllValues, "all", functions, COMBINATOR_OPTIONS.read(options));
}

/**
 * Runs every function at once and tells what became of each, in the same order. A failure cancels nobody.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. If that has stopped one, the promise
 * rejects: with the first failure if there were any ({@link failuresOf} gives all), else with the outer reason.
 *
 * @param functions - not promises
 * @param options - of the group that they run in
 * @returns what became of each, in the order of the functions
 * @throws TypeError, synchronously, if one of them is no function
 *
 * @example
 * ```ts
 * import { allSettled } from "skein";
 *
 * const outcomes = await allSettled([
 *   () => 1,
 *   () => {
 *     throw new Error("no");
 *   },
 * ]);
 * console.log(outcomes.map((outcome) => outcome.status));
 * // prints: [ 'fulfilled', 'rejected' ]
 * ```
 *
 * @public
 */
export function allSettled<const T extends readonly TaskFunction<unknown>[] | []>(
  functions: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<{
  -readonly [K in keyof T]: T[K] extends TaskFunction<infer V>
    ? PromiseSettledResult<Awaited<V>>
    : never;
}> {
  checkFunctions(functions);
  const given = COMBINATOR_OPTIONS.read(options);
  return combine(AllOutcomes, "allSettled", functions, { ...given, policy: "supervise" });
}

class AllValues extends Combination {
  /** A function that has stopped itself gives no value. */
  override _taskEnded(task: Task<unknown>): void {
    if (task.status !== "cancelled" || !this._isOfList(task)) return;
    this._callbackFailed(taskInternals.error(task));
  }

  override _collect(tasks: readonly Task<unknown>[], values: unknown[]): boolean {
    for (const task of tasks) {
      if (task.status !== "fulfilled") return false;
      values.push(taskInternals.content(task));
    }
    return true;
  }

  static {
    keepShape(new AllValues(null, unlimited, {}));
  }
}

class AllOutcomes extends Combination {
  /** If one was stopped, nobody sees a result, and so the group reports what failed, too. */
  override _collect(tasks: readonly Task<unknown>[], values: unknown[]): boolean {
    if (tasks.some((task) => taskInternals.stoppedWithGroup(task))) return false;
    for (const task of tasks) values.push(outcomeOf(task));
    return true;
  }

  static {
    keepShape(new AllOutcomes(null, unlimited, {}));
  }
}

function outcomeOf(task: Task<unknown>): PromiseSettledResult<unknown> {
  try {
    return { status: "fulfilled", value: task.result() };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}
