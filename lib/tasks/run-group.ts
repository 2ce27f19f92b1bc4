import { ambience } from "../scope/ambience.ts";
import { checkBody, refuseGenerator } from "../scope/body.ts";
import { attachRoot } from "../scope/root-scope.ts";
import { settledBy } from "../scope/run-scope.ts";
import { parentOf } from "../scope/signals.ts";
import { admissionOf } from "./admission.ts";
import { GROUP_OPTIONS } from "./group-options.ts";
import { Group } from "./group.ts";
import type { Joiner } from "./joiner.ts";
import type { TaskGroup, TaskGroupOptions } from "./task-group.ts";

/**
 * Runs `body` with a group to spawn tasks in. The promise settles only after the body and every task have settled,
 * on every path.
 *
 * The body counts as one more task. When it or a task fails, everything else in the group is cancelled and awaited,
 * and the promise rejects with that first failure by identity; {@link failuresOf} gives all of them. When
 * everything finished normally it resolves with the body's value.
 *
 * **Cancellation:** from outside: every task is cancelled and awaited, then the promise rejects with the outer reason,
 * unless everything finished normally all the same. If the group is cancelled on entry the body does not run.
 *
 * @param body - called at once with the group
 * @param options - where the group stands, what bounds it, what failures do
 * @returns the body's value, or what the group's policy makes
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { sleep, taskGroup } from "skein";
 *
 * const sum = await taskGroup(async (group) => {
 *   const one = group.spawn(async (task) => {
 *     await sleep(1, task);
 *     return 1;
 *   });
 *   const two = group.spawn(() => 2);
 *   return (await one) + (await two);
 * });
 * console.log(sum);
 * // prints: 3
 * ```
 *
 * @public
 */
export function taskGroup<R>(
  body: (group: TaskGroup) => unknown,
  options: TaskGroupOptions & { policy: Joiner<R> },
): Promise<R>;
/** @public */
export function taskGroup<T>(
  body: (group: TaskGroup) => T | PromiseLike<T>,
  options?: TaskGroupOptions,
): Promise<T>;
export function taskGroup(
  body: (group: TaskGroup) => unknown,
  options?: TaskGroupOptions,
): Promise<unknown> {
  checkBody("body", body);
  return runGroup(makeGroup(Group, GROUP_OPTIONS.read(options)), body);
}

/** Makes a group of the given class from its options, which have been checked. */
export function makeGroup<G extends Group>(
  kind: new (...args: ConstructorParameters<typeof Group>) => G,
  options: TaskGroupOptions,
): G {
  const admission = admissionOf(options.concurrency);
  const parent = parentOf(options.scope, options.signal);
  const group = new kind(parent, admission, options);
  if (parent === null) attachRoot(group);
  group._bound(options.deadline, options.timeoutMs);
  return group;
}

export function runGroup(group: Group, body: (group: TaskGroup) => unknown): Promise<unknown> {
  try {
    group.throwIfCancelled();
    const result = ambience === null ? body(group) : ambience.run(group, body);
    refuseGenerator(result, body);
    return Promise.resolve(result).then(bodyDone.bind(group), bodyFailed.bind(group));
  } catch (error) {
    return settledBy(() => bodyFailed.call(group, error));
  }
}

function bodyDone(this: Group, value: unknown): unknown {
  this._bodyDone(value);
  return conclude(this);
}

function bodyFailed(this: Group, error: unknown): unknown {
  this._bodyFailed(error);
  return conclude(this);
}

function conclude(group: Group): unknown {
  return group._isQuiet && !group._hasDeferred ? group._finish() : concludeLater(group);
}

async function concludeLater(group: Group): Promise<unknown> {
  if (!group._isQuiet) await group._quiet();
  if (group._hasDeferred) await group._runDeferred();
  return group._finish();
}
