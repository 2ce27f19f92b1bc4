import { COMBINATOR_OPTIONS } from "./group-options.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroupOptions } from "./task-group.ts";
import { checkThunks, spawnAll, type Thunk } from "./thunk.ts";

/**
 * Runs every function at once and gives their values in the same order. When one fails, the others are cancelled
 * and awaited, then the promise rejects with that first failure.
 *
 * **Cancellation:** every function's scope is cancelled; the promise rejects with the outer reason once all have settled.
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
  const running = taskGroup((group) => Promise.all(spawnAll(group, thunks)), given);
  return running as Promise<never>;
}

/**
 * Runs every function at once and tells what became of each, in the same order. A failure cancels nobody.
 *
 * **Cancellation:** every function's scope is cancelled; the promise rejects with the outer reason once all have settled.
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
  const running = taskGroup((group) => Promise.allSettled(spawnAll(group, thunks)), {
    ...given,
    policy: "supervise",
  });
  return running as Promise<never>;
}
