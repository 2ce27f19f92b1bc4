import { Failures, failuresSince } from "../scope/failures.ts";
import { describeTask, type Task } from "./task.ts";

/** A failure with all that it carried when it occurred, and the task that it came out of, if it was one. */
interface GroupFailure {
  readonly errors: readonly unknown[];
  readonly task: Task<unknown> | null;
}

/** The failures of a group, in the order in which they occurred. */
export class GroupFailures {
  readonly #list: GroupFailure[] = [];

  /** @param start - `rejectionsSoFar` when the group began */
  add(error: unknown, task: Task<unknown> | null, start: number): void {
    this.#list.push({ errors: failuresSince(error, start), task });
  }

  /** Whether one of them came out of no task: of the body, a callback, a hook. */
  get beyondTasks(): boolean {
    return this.#list.some(({ task }) => task === null);
  }

  collect(counts: (task: Task<unknown> | null) => boolean): Failures {
    const failures = new Failures();
    for (const { errors, task } of this.#list) if (counts(task)) failures.addAll(errors);
    return failures;
  }

  /** The first task that failed, for messages. */
  firstFailed(): string {
    const first = this.#list.find(({ task }) => task !== null)?.task;
    return first === null || first === undefined ? "A task" : describeTask(first.name);
  }
}
