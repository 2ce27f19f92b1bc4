import { runOrder } from "../scope/run-order.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskNode } from "./task-node.ts";

/**
 * So many begin in one go, which V8's young generation has room for; each one more begins when what the one before it
 * left to do at once has been done.
 */
const BURST = 16_384;

/**
 * When an error is made, V8 looks along such a line of reactions for functions that await it, to the end, however far
 * that is. A second reaction stops it: one in so many.
 */
const SEARCHED = 64;

const resolved: Promise<void> = /* @__PURE__ */ Promise.resolve();

/** Tasks whose functions are about to be called, in the order of spawning; those before `next` have begun. */
let line: (Task<unknown> | undefined)[] = [];
let next = 0;
/** The reaction of the last in line. */
let last = resolved;
let chained = false;
let links = 0;

/**
 * Calls the task's function on a later microtask, after those of the tasks that came before, in the context of this
 * call: that is why each has a reaction of its own. In a long line each reaction hangs on the one before, so that
 * tasks that end soon do so before the next ones begin, and many that are spawned are not all alive at once.
 */
export function beginLater(task: Task<unknown>): void {
  line.push(task);
  const before = lastBefore();
  last = (runOrder === null ? before : inOrder(task, before)).then(beginNext);
}

/** The same for several that have one context: a reaction for all of them. */
export function beginTogether(tasks: readonly Task<unknown>[]): void {
  if (runOrder !== null || tasks.length > BURST) {
    for (const task of tasks) beginLater(task);
    return;
  }
  for (const task of tasks) line.push(task);
  last = lastBefore().then(() => {
    for (let i = 0; i < tasks.length; i++) beginNext();
  });
}

/** What the reaction of those who have just joined the line hangs on. */
function lastBefore(): Promise<void> {
  if (line.length - next > BURST) chained = true;
  if (!chained) return resolved;
  if (++links % SEARCHED === 0) void last.then(undefined);
  return last;
}

/** Lets the task begin in the order of {@link runOrder}, which are there. */
function inOrder(task: Task<unknown>, before: Promise<void>): Promise<void> {
  let goOn!: () => void;
  const turn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  return runOrder!.keepsBegin(nodeOf(task), goOn) ? turn.then(() => before) : before;
}

function beginNext(): void {
  const task = line[next]!;
  line[next++] = undefined;
  if (next === line.length) {
    line = [];
    next = 0;
    chained = false;
  }
  nodeOf(task)._begin();
}

/** For those who look at a group's tasks: those in line have no place in the tree yet. */
export function attachPending(): void {
  for (let i = next; i < line.length; i++) nodeOf(line[i]!);
}

export function nodeOf<T>(task: Task<T>): TaskNode<T> {
  return taskInternals.ensureNode(task) as TaskNode<T>;
}
