import type { Origin } from "../errors.ts";
import type { CancelScope } from "./cancel-scope.ts";
import type { Cancellation, Source } from "./cancellation.ts";
import type { Timer } from "./timers.ts";

/**
 * Whatever hangs below a scope: another scope, a pending wait, a callback. Branches of one scope form a
 * doubly linked list in order of arrival, so that leaving costs the same however many there are.
 */
export abstract class Branch {
  /** The scope it hangs below; `null` when it hangs below none. */
  _parent: Trunk | null = null;
  /** Invariant: the first branch's `_prev` is the last branch, the last branch's `_next` is `null`. */
  _prev: Branch | null = null;
  _next: Branch | null = null;

  /** This branch, if others can hang below it. */
  _asTrunk(): Trunk | null {
    return null;
  }

  /** Whether it goes on under the enclosing scope when its own ends, as all that is pending does. */
  _outlives(): boolean {
    return true;
  }

  /** For the task tree: what is waited for, if this is a wait that should be seen. */
  _waitsFor(): string | null {
    return null;
  }

  /** First phase of a cancellation: leave every queue. Must not run anybody else's code. */
  abstract _withdraw(): void;

  /** Second phase: tell. May run anybody's code, so the tree may have changed since. */
  abstract _deliver(cancellation: Cancellation): void;
}

/** A branch that only hears of the cancellation of its own scope, and is gone with it. */
export abstract class Listener extends Branch {
  override _outlives(): boolean {
    return false;
  }

  override _withdraw(): void {}
}

/** What the algorithms on the tree need of a scope. */
export interface Trunk extends Branch, CancelScope, Source {
  _first: Branch | null;
  _own: Cancellation | null;
  _inForce: Cancellation | null;
  readonly _shielded: boolean;
  readonly _ended: boolean;
  readonly _deadline: Timer | null;
  _limit: Timer | null;
  readonly _controller: AbortController | null;
  /** Lets a deadline that has passed take effect before its timer fires. */
  _checkDeadline(): void;
  /** Cancels the scope on its own account. */
  _cancel(kind: Origin, given: unknown): void;
  /** The cancellation that comes in from the parent. */
  _outside(): Cancellation | null;
  /** The cancellation that an error of the body is the echo of. */
  _echoed(error: unknown): Cancellation | null;
  /** Where something that waits under this scope hangs: here, or, once this has ended, at the next that has not. */
  _live(): Trunk | null;
  /** A cancellation that has been told is in force no more. */
  _forgetSignal(): void;
  /** The error of a callback counts as a failure of the scope it was registered with. */
  _mishap(error: unknown): void;
  /** A first branch is about to come. */
  _occupied(): void;
  /** The last branch has left. */
  _childless(): void;
}

export function link(branch: Branch, parent: Trunk): void {
  if (parent._first === null) parent._occupied();
  branch._parent = parent;
  const first = parent._first;
  if (first === null) {
    parent._first = branch;
    branch._prev = branch;
  } else {
    const last = first._prev!;
    last._next = branch;
    branch._prev = last;
    first._prev = branch;
  }
}

/** Takes a branch out of its parent's list; `_parent` stays, for scopes look up through it. */
export function unlink(branch: Branch): void {
  const prev = branch._prev;
  if (prev === null) return;
  const parent = branch._parent!;
  const next = branch._next;
  if (parent._first === branch) {
    parent._first = next;
    if (next !== null) next._prev = prev;
    else parent._childless();
  } else {
    prev._next = next;
    if (next !== null) next._prev = prev;
    else parent._first!._prev = prev;
  }
  branch._prev = branch._next = null;
}
