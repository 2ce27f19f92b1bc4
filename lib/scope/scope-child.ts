import type { Origin } from "../errors.ts";
import type { CancelScope } from "./cancel-scope.ts";
import type { Cancellation, CancelSource } from "./cancellation.ts";
import type { Timer } from "./timers.ts";

/**
 * Whatever hangs below a scope: another scope, a pending wait, a callback. The children of one scope form a
 * doubly linked list in order of arrival, so that leaving costs the same however many there are.
 *
 * Those who extend it set these three to `null`: one constructor for objects of many shapes is slow.
 */
export abstract class ScopeChild {
  /** The scope it hangs below; `null` when it hangs below none. */
  abstract _parent: ParentScope | null;
  /** Invariant: the first child's `_prev` is the last child, the last child's `_next` is `null`. */
  abstract _prev: ScopeChild | null;
  abstract _next: ScopeChild | null;

  /** This child, if others can hang below it. */
  _asParent(): ParentScope | null {
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

/** What is not made often enough to set them itself. */
export abstract class PlainChild extends ScopeChild {
  _parent: ParentScope | null = null;
  _prev: ScopeChild | null = null;
  _next: ScopeChild | null = null;
}

/** A child that only hears of the cancellation of its own scope, and is gone with it. */
export abstract class Listener extends PlainChild {
  override _outlives(): boolean {
    return false;
  }

  override _withdraw(): void {}
}

/** What the algorithms on the tree need of a scope. */
export interface ParentScope extends ScopeChild, CancelScope, CancelSource {
  _first: ScopeChild | null;
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
  _live(): ParentScope | null;
  /** A cancellation that has been told is in force no more. */
  _forgetSignal(): void;
  /** The error of a callback counts as a failure of the scope it was registered with. */
  _callbackFailed(error: unknown): void;
  /** A first child is about to come. */
  _occupied(): void;
  /** The last child has left. */
  _childless(): void;
}

export function link(child: ScopeChild, parent: ParentScope): void {
  if (parent._first === null) parent._occupied();
  child._parent = parent;
  const first = parent._first;
  if (first === null) {
    parent._first = child;
    child._prev = child;
  } else {
    const last = first._prev!;
    last._next = child;
    child._prev = last;
    first._prev = child;
  }
}

/** Takes a child out of its parent's list; `_parent` stays, for scopes look up through it. */
export function unlink(child: ScopeChild): void {
  const prev = child._prev;
  if (prev === null) return;
  const parent = child._parent!;
  const next = child._next;
  if (parent._first === child) {
    parent._first = next;
    if (next !== null) next._prev = prev;
    else parent._childless();
  } else {
    prev._next = next;
    if (next !== null) next._prev = prev;
    else parent._first!._prev = prev;
  }
  child._prev = child._next = null;
}
