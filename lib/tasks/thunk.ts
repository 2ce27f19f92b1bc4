import { got } from "../errors.ts";
import type { TaskGroup, TaskScope } from "./task-group.ts";
import type { Task } from "./task.ts";

/**
 * What a combinator runs: called with a scope of its own.
 *
 * @public
 */
export type Thunk<T> = (task: TaskScope) => T | PromiseLike<T>;

/** Refuses a list with something in it that cannot be called, naming which. */
export function checkThunks(thunks: readonly unknown[]): void {
  if (!Array.isArray(thunks)) {
    throw new TypeError(`Expected \`thunks\` to be an array of functions, got ${got(thunks)}`);
  }
  const index = thunks.findIndex((thunk) => typeof thunk !== "function");
  if (index === -1) return;
  throw new TypeError(
    `Expected \`thunks[${index}]\` to be a function, got ${got(thunks[index])}: pass \`() => promise\`, not the promise`,
  );
}

/** Those without a name of their own are told apart by the combinator's and their place. */
export function spawnAll(
  group: TaskGroup,
  thunks: readonly Thunk<unknown>[],
  combinator: string,
): Task<unknown>[] {
  return thunks.map((thunk, place) =>
    thunk.name === ""
      ? group.spawn(thunk, { name: `${combinator}[${place}]` })
      : group.spawn(thunk),
  );
}
