import { ambience } from "./ambience.ts";
import { ScopeChild, link, type ParentScope, unlink } from "./scope-child.ts";
import type { ScopeLike } from "./cancel-scope.ts";
import type { Cancellation } from "./cancellation.ts";
import { scopeOf } from "./signals.ts";
import { type RunOrder, runOrder } from "./run-order.ts";
import { keepShape } from "./shapes.ts";

/**
 * Made for this wait, whose resolvers go straight into it: to put them in variables here costs the collector a note
 * each.
 */
function promiseOf<T>(wait: Wait<unknown>): Promise<T> {
  beingMade = wait;
  const promise = new Promise<T>(keepResolvers);
  beingMade = null;
  return promise;
}

let beingMade: Wait<unknown> | null = null;

function keepResolvers(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  beingMade!._resolve = resolve;
  beingMade!._reject = reject;
}

/**
 * A suspended operation. It ends once, in one of two ways that exclude each other: whoever it waits for grants
 * it, or the cancellation of its scope takes it. A granter that comes second learns so and keeps what it had.
 */
export class Wait<T> extends ScopeChild {
  _parent: ParentScope | null = null;
  _prev: ScopeChild | null = null;
  _next: ScopeChild | null = null;
  readonly promise: Promise<T>;
  /** `null` once it has been granted, has failed, or was taken by a cancellation. */
  _resolve!: ((value: never) => void) | null;
  _reject!: (reason: unknown) => void;

  /** @param scope - one in which no cancellation is in force; `null` waits under none */
  constructor(scope: ParentScope | null) {
    super();
    this.promise = promiseOf<T>(this);
    if (scope !== null) link(this, scope);
  }

  get _pending(): boolean {
    return this._resolve !== null;
  }

  /** Ends the wait with a value; false if it had ended already. */
  grant(value: T): boolean {
    const resolve = this._resolve;
    if (resolve === null) return false;
    this._resolve = null;
    unlink(this);
    if (runOrder === null || !this._keptBy(runOrder, resolve.bind(null, value as never))) {
      resolve(value as never);
    }
    return true;
  }

  /** As `grant`, where it is already decided whose turn it is. */
  _grantNow(value: T): void {
    const resolve = this._resolve;
    if (resolve === null) return;
    this._resolve = null;
    unlink(this);
    resolve(value as never);
  }

  /** Whether `order` keeps for later that this goes on. */
  _keptBy(order: RunOrder, goOn: () => void): boolean {
    return order.keeps(this, goOn);
  }

  /** Ends the wait with an error; false if it had ended already. */
  fail(error: unknown): boolean {
    if (this._resolve === null) return false;
    this._resolve = null;
    unlink(this);
    this._rejectInTurn(error);
    return true;
  }

  override _withdraw(): void {
    this._resolve = null;
  }

  override _deliver(cancellation: Cancellation): void {
    this._rejectInTurn(cancellation.reason);
  }

  _rejectInTurn(reason: unknown): void {
    if (runOrder === null || !this._keptBy(runOrder, this._reject.bind(this, reason))) {
      this._reject(reason);
    }
  }

  static {
    keepShape(new Wait(null));
  }
}

/** The scope that a wait hangs below: the named one or, once that has ended uncancelled, the next that has not. */
export function waitScope(scope: ScopeLike | undefined): ParentScope | null {
  const named = scopeOf(scope);
  return named !== null && named._ended && named._inForce === null ? named._live() : named;
}

/**
 * What a method waits under: what is named or, where scopes are ambient, the current scope. Functions have a
 * counterpart in `skein/ambient` that implies it; objects are the same for all.
 */
export function namedOrCurrent(scope: ScopeLike | undefined): ScopeLike | undefined {
  if (scope !== undefined || ambience === null) return scope;
  return ambience.current() ?? undefined;
}

/** The scope that a method's wait hangs below. */
export function methodScope(scope: ScopeLike | undefined): ParentScope | null {
  return waitScope(namedOrCurrent(scope));
}

/** For a wait of the library's own that nothing may cancel, whatever is current. */
export const unscoped: ScopeLike = { signal: undefined };
