import { keepShape } from "./shapes.ts";
import { Branch, link, type Trunk, unlink } from "./branch.ts";
import type { Within } from "./cancel-scope.ts";
import type { Cancellation } from "./cancellation.ts";
import { scopeWithin } from "./signals.ts";
import { turns } from "./turns.ts";

let resolveNew: (value: never) => void;
let rejectNew: (reason: unknown) => void;

function keepResolvers(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  resolveNew = resolve;
  rejectNew = reject;
}

/**
 * A suspended operation. It ends once, in one of two ways that exclude each other: whoever it waits for grants
 * it, or the cancellation of its scope takes it. A granter that comes second learns so and keeps what it had.
 */
export class Wait<T> extends Branch {
  readonly promise: Promise<T>;
  /** `null` once it has been granted, has failed, or was taken by a cancellation. */
  #resolve: ((value: never) => void) | null;
  readonly #reject: (reason: unknown) => void;

  /** @param scope - one in which no cancellation is in force; `null` waits under none */
  constructor(scope: Trunk | null) {
    super();
    const promise = new Promise<T>(keepResolvers);
    this.promise = turns === null ? promise : this._inTurn(promise);
    this.#resolve = resolveNew;
    this.#reject = rejectNew;
    if (scope !== null) link(this, scope);
  }

  /** Lets it go on in the order of {@link turns}, which are there. */
  _inTurn(promise: Promise<T>): Promise<T> {
    return turns!.resume(promise);
  }

  get _pending(): boolean {
    return this.#resolve !== null;
  }

  /** Ends the wait with a value; false if it had ended already. */
  grant(value: T): boolean {
    const resolve = this.#resolve;
    if (resolve === null) return false;
    this.#resolve = null;
    unlink(this);
    resolve(value as never);
    return true;
  }

  /** Ends the wait with an error; false if it had ended already. */
  fail(error: unknown): boolean {
    if (this.#resolve === null) return false;
    this.#resolve = null;
    unlink(this);
    this.#reject(error);
    return true;
  }

  override _withdraw(): void {
    this.#resolve = null;
  }

  override _deliver(cancellation: Cancellation): void {
    this.#reject(cancellation.reason);
  }
}

/** The scope that a wait hangs below: the named one or, once that has ended uncancelled, the next that has not. */
export function waitScope(within: Within | undefined): Trunk | null {
  const scope = scopeWithin(within);
  return scope !== null && scope._ended && scope._inForce === null ? scope._live() : scope;
}

keepShape(new Wait(null));
