import type { PlanNode } from "../plan/plan-node.ts";

/** Nodes that may start. */
export interface ReadyQueue {
  push(node: PlanNode): void;
  shift(): PlanNode | undefined;
}

/**
 * First come, first served: for walks without a limit, where everything starts in the turn in which it becomes ready.
 */
class ArrivalQueue implements ReadyQueue {
  /** All that was ever pushed: each node of a plan once. */
  readonly #nodes: PlanNode[] = [];
  #next = 0;

  push(node: PlanNode): void {
    this.#nodes.push(node);
  }

  shift(): PlanNode | undefined {
    return this.#next < this.#nodes.length ? this.#nodes[this.#next++] : undefined;
  }
}

/**
 * The earliest in plan order first: under a limit, declaration decides and not who became ready first. A binary heap.
 */
class PlanOrderQueue implements ReadyQueue {
  readonly #heap: PlanNode[] = [];

  push(node: PlanNode): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above]!.index < node.index) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = node;
  }

  shift(): PlanNode | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  #sink(node: PlanNode): void {
    const heap = this.#heap;
    const half = heap.length >> 1;
    let place = 0;
    while (place < half) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && heap[below + 1]!.index < heap[below]!.index) below++;
      if (node.index < heap[below]!.index) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = node;
  }
}

export function readyQueue(concurrency: number): ReadyQueue {
  return concurrency === Infinity ? new ArrivalQueue() : new PlanOrderQueue();
}
