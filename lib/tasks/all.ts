import { COMBINATOR_OPTIONS } from "./group-options.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroupOptions } from "./task-group.ts";
import { taskInside } from "./task.ts";
import { checkThunks, spawnAll, type Thunk } from "./thunk.ts";

/**
 * Runs every function at once and gives their values in the same order. When one fails, the others are cancelled
 * and awaited, then the promise rejects with that first failure.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. If that has stopped one, or one has failed, the
 * promise rejects, with the first failure or else with the outer reason.
 *
 * @param thunks - functions, not promises: what has been started cannot be cancelled
 * @param options - of the group that they run in
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
export function all<const T extends readonly Thunk<unknown>[] | []>(
  thunks: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<{ -readonly [K in keyof T]: T[K] extends Thunk<infer V> ? Awaited<V> : never }> {
  checkThunks(thunks);
  const given = COMBINATOR_OPTIONS.read(options);
  const running = taskGroup((group) => Promise.all(spawnAll(group, thunks, "all")), given);
  return running as Promise<never>;
}

/**
 * Runs every function at once and tells what became of each, in the same order. A failure cancels nobody.
 *
 * **Cancellation:** every function's scope is cancelled and all are awaited. If that has stopped one, the promise rejects:
 * with the first failure if there were any ({@link failuresOf} gives all), else with the outer reason.
 *
 * @param thunks - functions, not promises
 * @param options - of the group that they run in
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
export function allSettled<const T extends readonly Thunk<unknown>[] | []>(
  thunks: T,
  options?: Omit<TaskGroupOptions, "policy">,
): Promise<{
  -readonly [K in keyof T]: T[K] extends Thunk<infer V> ? PromiseSettledResult<Awaited<V>> : never;
}> {
  checkThunks(thunks);
  const given = COMBINATOR_OPTIONS.read(options);
  const running = taskGroup(
    async (group) => {
      const tasks = spawnAll(group, thunks, "allSettled");
      for (const task of tasks) await task.settled();
      // Nobody has seen a result by now, so the group reports what failed, too.
      if (tasks.some((task) => taskInside.stoppedWithGroup(task))) throw group.reason;
      return Promise.allSettled(tasks);
    },
    { ...given, policy: "supervise" },
  );
  return running as Promise<never>;
}
