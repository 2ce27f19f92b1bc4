import { taskGroup } from "./run-group.ts";
import type { TaskGroupOptions, TaskScope } from "./task-group.ts";

/** One attempt, in a group of its own, so that nothing of it runs into the next one. */
export function attempt<T>(
  fn: (task: TaskScope, attempt: number) => T | PromiseLike<T>,
  number: number,
  name: string,
  options: TaskGroupOptions,
): Promise<T> {
  return taskGroup<T>((group) => group.spawn((task) => fn(task, number), { name }), options);
}

/** For the task tree: attempts are counted from 1 there. */
export function attemptName(name: string, number: number): string {
  return `${name}, attempt ${number + 1}`;
}
