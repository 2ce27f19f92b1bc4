import { ambience } from "../../scope/ambience.ts";
import { depsOf } from "../plan/gather.ts";
import { enter, leave } from "./lifetime-activities.ts";
import { promiseOf } from "./launch.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import { isObserved } from "./provider-events.ts";
import type { ReadyQueue } from "./ready-queue.ts";
import { Setup, type SetupHost } from "./setup.ts";
import { countDown, READY, STARTED } from "./node-states.ts";

/** The walk, as far as it takes part. */
interface Walk extends SetupHost {
  readonly values: unknown[];
  readonly _stopped: boolean;
}

/** Where it has come to a halt. */
interface Halt {
  /** How many nodes are ready. */
  readonly at: number;
  /** The setup that has started and is not ready; `null` if the next node has not started. */
  readonly setup: Setup | null;
  /** What has come of that: a promise, or what its function has thrown. */
  readonly promise?: Promise<unknown>;
  readonly error?: unknown;
}

/**
 * Runs nodes one after the other, as long as each is ready at once and nobody has to be told of it.
 *
 * @returns nothing if that is how it has ended, or if nothing may start any more
 */
export function runAtOnce(
  walk: Walk,
  order: readonly PlanNode[],
  inputs: Readonly<Record<string, unknown>>,
): Halt | undefined {
  const { values } = walk;
  let at = 0;
  let setup: Setup | null = null;
  const outer = enter(walk);
  try {
    for (; at < order.length && !walk._stopped; at++) {
      const node = order[at]!;
      const { kind, fn, input } = node.provider;
      if (kind === "inline") {
        if (ambience !== null || isObserved()) return { at, setup: null };
        setup = new Setup(walk, node);
        const value = fn!(depsOf(node, values), setup);
        const promise = promiseOf(value);
        if (promise !== undefined) return { at, setup, promise };
        setup._arriveAtOnce();
        values[node.index] = value;
        setup = null;
      } else if (kind === "input") {
        values[node.index] = inputs[input!.name];
      } else {
        values[node.index] = { done: true, value: values[node.inner!.index] };
      }
    }
    return undefined;
  } catch (error) {
    return { at, setup, error };
  } finally {
    leave(outer);
  }
}

/** Counts what is ready, and puts what may start in the queue: from there all goes its usual way. */
export function catchUp(
  order: readonly PlanNode[],
  { at, setup }: Halt,
  queue: ReadyQueue,
  states: number[],
): void {
  for (const { index, dependents } of order.slice(0, at)) {
    states[index] = READY;
    for (const dependent of dependents) countDown(states, dependent.index);
  }
  if (setup !== null) states[setup._node.index] = STARTED;
  for (const node of order.slice(at)) if (states[node.index] === 0) queue.push(node);
}
