import type { Cancellation } from "../scope/cancellation.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import { GroupFlag, type GroupExtras } from "./group-state.ts";
import type { Joiner } from "./joiner.ts";
import { type Task, taskInternals } from "./task.ts";

/** A group of which everything has settled. */
export interface EndedGroup {
  readonly _own: Cancellation | null;
  readonly _parent: ParentScope | null;
  /** The bits of {@link GroupFlag}. */
  readonly _flags: number;
  _describe(): string;
}

/**
 * The result of a group, or a throw of what it rejects with.
 *
 * @param outside - what is in force outside at its end
 */
export function outcomeOfGroup(
  group: EndedGroup,
  value: unknown,
  more: GroupExtras | null,
  outside: Cancellation | null,
): unknown {
  if (more !== null) {
    const { joiner, finished, failures } = more;
    if (joiner === null) throwFailures(group, more, is(group, GroupFlag.supervise) ? unseen : all);
    else if (failures?.beyondTasks === true) throwFailures(group, more, all);
    if (finished !== null) return finished.value;
    if (joiner !== null) return joined(joiner, group, value, more, outside);
  }
  if (isInterrupted(group, value, outside)) throw reasonOf(group, outside);
  return value;
}

/** Throws only failures that nobody has seen. */
export function throwUnseen(group: EndedGroup, more: GroupExtras | null): void {
  throwFailures(group, more, unseen);
}

/** A joiner that has stopped the group is asked; another one only if no cancellation has interrupted anything. */
function joined(
  joiner: Joiner,
  group: EndedGroup,
  value: unknown,
  more: GroupExtras,
  outside: Cancellation | null,
): unknown {
  if (!is(group, GroupFlag.decided)) {
    if (more.failures !== null || isInterrupted(group, value, outside)) {
      if (outside === null && group._own?.kind === "deadline" && joiner.onDeadline !== undefined) {
        return joiner.onDeadline();
      }
      throwFailures(group, more, all);
      throw reasonOf(group, outside);
    }
  }
  return joiner.result === undefined ? value : joiner.result();
}

/**
 * Whether a cancellation has kept the body or a task from ending normally. With a value, the group's own `cancel()` is
 * no interruption, unless it is cancelled from outside, too.
 */
function isInterrupted(group: EndedGroup, value: unknown, outside: Cancellation | null): boolean {
  const cancelled = group._own?.kind === "cancel";
  if (is(group, GroupFlag.bodyInterrupted) || (cancelled && value === undefined)) return true;
  return is(group, GroupFlag.stoppedTasks) && !(cancelled && outside === null);
}

/** Cancelled by itself and from outside: outside outranks. */
function reasonOf(group: EndedGroup, outside: Cancellation | null): unknown {
  return (outside ?? group._own ?? keptOut(group)!).reason;
}

/** The cancellation that a shield keeps out which was raised only after it had interrupted something. */
function keptOut({ _parent }: EndedGroup): Cancellation | null {
  let scope = _parent;
  while (scope !== null && scope._own === null) scope = scope._parent;
  return scope === null ? null : scope._own;
}

function throwFailures(
  group: EndedGroup,
  more: GroupExtras | null,
  counts: (task: Task<unknown> | null) => boolean,
): void {
  const failures = more?.failures?.collect(counts);
  if (failures === undefined || failures.list.length === 0) return;
  if (!is(group, GroupFlag.aggregate)) throw failures.first();
  const count = failures.list.length;
  throw failures.aggregate(
    `${group._describe()} failed with ${count === 1 ? "an error" : `${count} errors`}`,
  );
}

function is(group: EndedGroup, flag: number): boolean {
  return (group._flags & flag) !== 0;
}

function all(): boolean {
  return true;
}

function unseen(task: Task<unknown> | null): boolean {
  return task === null || !taskInternals.isObserved(task);
}
