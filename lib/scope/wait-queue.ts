import type { ParentScope } from "./scope-child.ts";
import { Wait } from "./wait.ts";

/**
 * A place in a {@link WaitQueue}. It is in the wait itself, so that leaving costs the same from anywhere. Invariant:
 * all three are `null` outside of a queue; the first is behind the last.
 */
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
  constructor(scope: ParentScope | null) {
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
 *
 * They stand in a ring, so that there is one pointer into it:
 *
 *     #last ─▶ C ─▶ A ─▶ B ─▶ C        each points at the one behind it, and back
 */
export class WaitQueue<W extends Queued> {
  size = 0;
  #last: W | null = null;

  /** The one that has waited longest. */
  get first(): W | null {
    return this.#last === null ? null : (this.#last._behind as W);
  }

  push(wait: W): void {
    const last = this.#last;
    wait._queue = this;
    if (last === null) {
      wait._ahead = wait._behind = wait;
    } else {
      const first = last._behind!;
      wait._ahead = last;
      wait._behind = first;
      last._behind = first._ahead = wait;
    }
    this.#last = wait;
    this.size++;
  }

  remove(wait: W): void {
    const ahead = wait._ahead!;
    if (ahead === wait) {
      this.#last = null;
    } else {
      const behind = wait._behind!;
      ahead._behind = behind;
      behind._ahead = ahead;
      if (this.#last === wait) this.#last = ahead as W;
    }
    wait._queue = wait._ahead = wait._behind = null;
    this.size--;
  }

  /** Takes out the one that has waited longest. */
  shift(): W | null {
    const first = this.first;
    if (first !== null) this.remove(first);
    return first;
  }

  /** Takes out those of which `which` is true, in order of arrival. */
  shiftAll(which: (wait: W) => boolean): W[] {
    const found: W[] = [];
    let wait = this.first;
    for (let left = this.size; left > 0; left--) {
      const behind = wait!._behind as W;
      if (which(wait!)) {
        this.remove(wait!);
        found.push(wait!);
      }
      wait = behind;
    }
    return found;
  }
}
