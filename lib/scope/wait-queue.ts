import type { Trunk } from "./branch.ts";
import { Wait } from "./wait.ts";

/** A place in a {@link WaitQueue}. It is in the wait itself, so that leaving costs the same from anywhere. */
export interface Queued {
  _queue: { remove(wait: Queued): void } | null;
  _ahead: Queued | null;
  _behind: Queued | null;
}

/** A wait that can stand in a queue, and leaves it when it is cancelled. */
export class QueuedWait<T> extends Wait<T> implements Queued {
  _queue: { remove(wait: Queued): void } | null = null;
  _ahead: Queued | null = null;
  _behind: Queued | null = null;

  /** @param scope - one in which no cancellation is in force; `null` waits under none */
  constructor(scope: Trunk | null) {
    super(scope);
  }

  override _waitsFor(): string {
    return "its turn in a queue";
  }

  override _withdraw(): void {
    super._withdraw();
    this._queue?.remove(this);
  }
}

/**
 * Waits in order of arrival. Invariant: each of them is pending, for whoever grants one takes it out first, and
 * one that is cancelled leaves in the first phase of the cancellation, before any code can look.
 */
export class WaitQueue<W extends Queued> {
  first: W | null = null;
  size = 0;
  #last: W | null = null;

  push(wait: W): void {
    const last = this.#last;
    wait._queue = this;
    wait._ahead = last;
    if (last === null) this.first = wait;
    else last._behind = wait;
    this.#last = wait;
    this.size++;
  }

  remove(wait: W): void {
    const ahead = wait._ahead;
    const behind = wait._behind;
    if (ahead === null) this.first = behind as W | null;
    else ahead._behind = behind;
    if (behind === null) this.#last = ahead as W | null;
    else behind._ahead = ahead;
    wait._queue = wait._ahead = wait._behind = null;
    this.size--;
  }

  /** Takes out the one that has waited longest. */
  shift(): W | null {
    const first = this.first;
    if (first !== null) this.remove(first);
    return first;
  }
}
