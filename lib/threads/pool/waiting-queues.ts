import { type Call, isQuick } from "./call.ts";
import type { CallQueue } from "./call-queue.ts";

/** The queues in which calls wait. */
export class WaitingQueues {
  readonly #queues = new Set<CallQueue<Call>>();

  get size(): number {
    return this.#queues.size;
  }

  /** How many calls wait. */
  get calls(): number {
    let count = 0;
    for (const { calls } of this.#queues) count += calls.size;
    return count;
  }

  add(queue: CallQueue<Call>): void {
    this.#queues.add(queue);
  }

  /** That of the call which came first at the head. */
  inOrder(): Iterable<CallQueue<Call>> {
    const queues = this.#queues;
    if (queues.size < 2) return queues;
    const arrival = ({ calls }: CallQueue<Call>): number => calls.first?.arrival ?? Infinity;
    return [...queues].toSorted((one, other) => arrival(one) - arrival(other));
  }

  /** Those that have become empty, be it by a cancellation, want no permit any more. */
  settle(): void {
    for (const queue of this.#queues) {
      if (queue.calls.size > 0) continue;
      queue.rest();
      this.#queues.delete(queue);
    }
  }

  /** How many threads their calls could use at once. */
  wanted(isHeldBack: (call: Call) => boolean): number {
    let wanted = 0;
    for (const { calls, permits } of this.#queues) {
      const { first, size } = calls;
      if (first === undefined || first.home !== undefined || isHeldBack(first)) continue;
      // Quick ones are made in one thread while this one looks for their replies.
      wanted += Math.min(size, permits, isQuick(first) ? 1 : Infinity);
    }
    return wanted;
  }

  abort(reason: unknown): void {
    for (const { calls } of this.#queues) {
      for (let call = calls.first; call !== undefined; call = calls.first) call.reject(reason);
    }
  }
}
