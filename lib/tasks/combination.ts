import { got } from "../errors.ts";
import { Group } from "./group.ts";
import { GroupFlag } from "./group-state.ts";
import { makeGroup, runGroup } from "./run-group.ts";
import type { Task } from "./task.ts";
import type { TaskFunction, TaskGroupOptions } from "./task-group.ts";

/**
 * A group that runs a list of functions, and makes its result of what became of them once everything has ended: nobody
 * awaits each of them by itself.
 */
export abstract class Combination extends Group {
  /** `null` while they are spawned: nobody else spawns any then. */
  #tasks: readonly Task<unknown>[] | null = null;
  readonly #values: unknown[] = [];

  _run(functions: readonly TaskFunction<unknown>[], combinator: string): unknown[] {
    this.#tasks = spawnAll(this, functions, combinator);
    return this.#values;
  }

  /** Whether it runs one of the functions. A function may spawn others. */
  _isOfList(task: Task<unknown>): boolean {
    return this.#tasks === null || this.#tasks.includes(task);
  }

  /** Adds what the combinator gives to `values`; false if a cancellation keeps it from that. */
  abstract _collect(tasks: readonly Task<unknown>[], values: unknown[]): boolean;

  override _finish(): unknown {
    if (!this._collect(this.#tasks ?? [], this.#values)) this._flags |= GroupFlag.bodyInterrupted;
    return super._finish();
  }
}

/** Runs a list of functions in a group of the given class. */
export function combine(
  kind: new (...args: ConstructorParameters<typeof Group>) => Combination,
  combinator: string,
  functions: readonly TaskFunction<unknown>[],
  options: TaskGroupOptions,
): Promise<never> {
  const group = makeGroup(kind, options);
  return runGroup(group, () => group._run(functions, combinator)) as Promise<never>;
}

/** Those without a name of their own are told apart by the combinator's and their place. */
export function spawnAll(
  group: Group,
  functions: readonly TaskFunction<unknown>[],
  combinator: string,
): Task<unknown>[] {
  return group._spawnAll(functions, (fn, place) => fn.name || `${combinator}[${place}]`);
}

/** Refuses a list with something in it that cannot be called, naming which. */
export function checkFunctions(functions: readonly unknown[]): void {
  if (!Array.isArray(functions)) {
    throw new TypeError(
      `Expected \`functions\` to be an array of functions, got ${got(functions)}`,
    );
  }
  const index = functions.findIndex((fn) => typeof fn !== "function");
  if (index === -1) return;
  throw new TypeError(
    `Expected \`functions[${index}]\` to be a function, got ${got(functions[index])}: pass \`() => promise\`, not the promise`,
  );
}
