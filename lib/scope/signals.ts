import { addAbortListener } from "../host.ts";
import { link, Listener, type ParentScope, unlink } from "./scope-child.ts";
import type { ScopeLike } from "./cancel-scope.ts";
import type { Cancellation } from "./cancellation.ts";
import { attachRoot } from "./root-scope.ts";
import { PlainScope, Scope } from "./scope.ts";
import { makerOf } from "./scope-of-signal.ts";
import { checkScope, checkSignal } from "./scope-options.ts";

const adopted = new WeakMap<AbortSignal, AdoptedSignal>();

/**
 * A foreign signal's place in the tree: a root that is cancelled when the signal aborts. Everything that hangs on
 * one signal shares one root, and so one listener, which is there only while something hangs.
 */
class AdoptedSignal extends PlainScope {
  readonly #signal: AbortSignal;
  #listener: Disposable | null = null;

  constructor(signal: AbortSignal) {
    super(null, undefined, false);
    this.#signal = signal;
    adopted.set(signal, this);
    this.catchUp();
  }

  override _occupied(): void {
    attachRoot(this);
    this.catchUp();
    if (this._own !== null) return;
    this.#listener = addAbortListener(this.#signal, () => {
      this.#listener = null;
      this.#abort();
    });
  }

  override _childless(): void {
    unlink(this);
    this.#listener?.[Symbol.dispose]();
    this.#listener = null;
  }

  override _callbackFailed(error: unknown): void {
    throwLater(error);
  }

  override _isVisible(): boolean {
    return false;
  }

  override _describe(): string {
    return "An external signal";
  }

  /** A listener that was there before ours may ask before ours is called. */
  catchUp(): void {
    if (this.#signal.aborted) this.#abort();
  }

  #abort(): void {
    this._cancel("signal", this.#signal.reason);
  }
}

/** Between a scope and what hangs on it and on a signal as well: cancelled by either. */
class Junction extends PlainScope {
  readonly #scope: ParentScope;
  readonly #side: ParentScope;
  readonly #bridge: Bridge;

  constructor(scope: ParentScope, side: ParentScope) {
    super(null, undefined, false);
    this.#scope = scope;
    this.#side = side;
    this.#bridge = new Bridge(this);
  }

  override _occupied(): void {
    const scope = this.#scope._live();
    if (scope !== null) this._rejoin(scope);
    if (this._own !== null) return;
    link(this.#bridge, this.#side);
    if (this.#side.cancelled) this._cancel("signal", this.#side.reason);
  }

  override _childless(): void {
    unlink(this);
    unlink(this.#bridge);
  }

  override _callbackFailed(error: unknown): void {
    throwLater(error);
  }

  override _isVisible(): boolean {
    return false;
  }

  override _describe(): string {
    return "An external signal";
  }
}

class Bridge extends Listener {
  readonly #junction: Junction;

  constructor(junction: Junction) {
    super();
    this.#junction = junction;
  }

  override _deliver(cancellation: Cancellation): void {
    this.#junction._cancel("signal", cancellation.reason);
  }
}

/** For the error of a callback that nobody is left to answer for: the process hears of it. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function scopeFor(signal: AbortSignal): ParentScope {
  const maker = makerOf(signal);
  if (maker !== undefined) return maker;
  const known = adopted.get(signal);
  if (known !== undefined) {
    known.catchUp();
    return known;
  }
  return new AdoptedSignal(signal);
}

/** The scope that an argument names: a scope of ours is itself, anything else the root that stands for its signal. */
export function scopeOf(scope: ScopeLike | undefined): ParentScope | null {
  if (scope === undefined) return null;
  if (scope instanceof Scope) return scope;
  checkScope("scope", scope);
  const { signal } = scope;
  if (signal === undefined) return null;
  checkSignal("signal", signal);
  return scopeFor(signal);
}

/** Where a scope with these options hangs; with both of them, at a junction that either cancels. */
export function parentOf(
  scope: ScopeLike | undefined,
  signal: AbortSignal | undefined,
): ParentScope | null {
  const named = scopeOf(scope);
  if (signal === undefined) return named;
  checkSignal("signal", signal);
  const side = scopeFor(signal);
  return named === null || named === side ? side : new Junction(named, side);
}
