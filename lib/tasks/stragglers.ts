import { channel } from "../host.ts";
import { link, Listener } from "../scope/scope-child.ts";
import { nodeOf } from "./begin.ts";
import type { Task } from "./task.ts";
import type { TaskNode } from "./task-node.ts";

/**
 * What is published on the diagnostics channel `skein:task:straggler`: a task that still runs some time after its
 * cancellation. It is awaited all the same.
 *
 * @public
 */
export interface StragglerEvent {
  readonly name: string;
  /** The name of its group. */
  readonly group: string;
  /** Where it was spawned, as a stack trace. */
  readonly site: string;
  /** How long ago it was cancelled, in milliseconds. */
  readonly sinceMs: number;
}

const stragglers = /* @__PURE__ */ channel("skein:task:straggler");

/** Watches a task from its spawn, if anybody listens. Costs nothing otherwise. */
export function watchStraggler(task: Task<unknown>, afterMs: number): void {
  if (!stragglers.hasSubscribers) return;
  const node = nodeOf(task);
  link(new Watch(node, afterMs, callersStack()), node);
}

/** The stack of whoever called `spawn`, without the frames in here. */
function callersStack(): string {
  const here: { stack?: string } = {};
  Error.captureStackTrace?.(here, watchStraggler);
  const [, , , , ...callers] = (here.stack ?? "").split("\n");
  return callers.join("\n");
}

class Watch extends Listener {
  readonly #task: TaskNode<unknown>;
  readonly #afterMs: number;
  readonly #site: string;

  constructor(task: TaskNode<unknown>, afterMs: number, site: string) {
    super();
    this.#task = task;
    this.#afterMs = afterMs;
    this.#site = site;
  }

  override _deliver(): void {
    const task = this.#task;
    const since = performance.now();
    const timer = setTimeout(() => {
      stragglers.publish({
        name: task.name,
        group: task.group.name,
        site: this.#site,
        sinceMs: performance.now() - since,
      } satisfies StragglerEvent);
    }, this.#afterMs);
    timer.unref?.();
    void task.handle.settled().then(() => clearTimeout(timer));
  }
}
