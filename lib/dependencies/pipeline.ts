import type { Cancellation } from "../scope/cancellation.ts";
import type { AnyFunction } from "../threads/callback.ts";
import type { Follower, Pipe } from "../threads/pipe.ts";
import type { PlanNode } from "./plan-node.ts";
import { successorOf } from "./successor.ts";

/** As many are sent at most behind one that starts. */
const MOST_BEHIND = 7;

/** How a walk stands, by index of its nodes. */
interface Progress {
  readonly values: readonly unknown[];
  readonly standing: readonly number[];
}

/** A provider that may be sent to its thread before its only dependency that is not there yet has come back. */
export interface Successor extends Follower {
  readonly node: PlanNode;
}

/**
 * The calls that a walk has sent ahead of their setups, each right behind that of the one provider that it still waits
 * for. A setup starts when it would have started without, and then claims its call.
 */
export class Pipeline {
  readonly #progress: Progress;
  readonly #pipes = new Map<PlanNode, Pipe>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Those that may be sent right behind a node, each after the one before. */
  successorsOf(node: PlanNode): Successor[] {
    const successors: Successor[] = [];
    let last = node;
    while (successors.length < MOST_BEHIND) {
      const next = successorOf(last);
      if (next === undefined || this.#progress.standing[next.index] !== 1) break;
      successors.push(this.#successor(next, last));
      last = next;
    }
    return successors;
  }

  #successor(node: PlanNode, before: PlanNode): Successor {
    const { values } = this.#progress;
    const { keys, fn, name } = node.provider;
    const deps: Record<string, unknown> = {};
    let into = "";
    for (let i = 0; i < keys.length; i++) {
      const dep = node.deps[i]!;
      if (dep === before) into = keys[i]!;
      define(deps, keys[i]!, dep === before ? undefined : values[dep.index]);
    }
    return { node, fn: fn as AnyFunction, deps, into, name: name || node.label };
  }

  keep(successors: readonly Successor[], pipes: readonly Pipe[]): void {
    for (let i = 0; i < pipes.length; i++) this.#pipes.set(successors[i]!.node, pipes[i]!);
  }

  /** The call that was sent ahead for a node, for its setup. */
  take(node: PlanNode): Pipe | undefined {
    const pipe = this.#pipes.get(node);
    if (pipe !== undefined) this.#pipes.delete(node);
    return pipe;
  }

  /** Nothing more is to start: takes back what has not begun. */
  recall(event: Cancellation): void {
    for (const [node, pipe] of this.#pipes) if (!pipe.recall(event)) this.#pipes.delete(node);
  }

  /** The node behind this one whose function had begun when nothing more was to start: it has its setup all the same. */
  begunBehind(node: PlanNode): PlanNode | undefined {
    if (this.#pipes.size === 0) return undefined;
    return node.dependents.find((dependent) => this.#pipes.has(dependent));
  }
}

/** Sets what may be called `__proto__`. */
function define(record: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(record, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
