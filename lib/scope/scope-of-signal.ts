import type { ParentScope } from "./scope-child.ts";

/** Gives the signal back in place of a new object, so that the class below can put its field into it. */
class Given {
  constructor(signal: AbortSignal) {
    // oxlint-disable-next-line no-constructor-return -- that is the point
    return signal;
  }
}

/**
 * Remembers in a signal itself which scope it belongs to, where nobody else sees it. A `WeakMap` would do, but for the
 * collector each entry is work.
 */
class Marked extends Given {
  readonly #scope: ParentScope;

  constructor(signal: AbortSignal, scope: ParentScope) {
    super(signal);
    this.#scope = scope;
  }

  static scopeOf(signal: object): ParentScope | undefined {
    return #scope in signal ? (signal as Marked).#scope : undefined;
  }
}

/** From now on the signal is that of the scope. */
export function markSignal(signal: AbortSignal, scope: ParentScope): void {
  // oxlint-disable-next-line no-new -- it is the signal that gets the field
  new Marked(signal, scope);
}

/** The scope that made a signal. */
export function makerOf(signal: object): ParentScope | undefined {
  return Marked.scopeOf(signal);
}
