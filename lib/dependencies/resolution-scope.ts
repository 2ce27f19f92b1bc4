import { Branch, link, type Trunk, unlink } from "../scope/branch.ts";
import { type Guest, GuestScope } from "./guests.ts";

export interface Interruptible extends Guest {
  /** A cancellation takes force. */
  _interrupted(): void;
}

/** The scope of a resolution: below the caller's, above those of its setups. */
export class ResolutionScope extends GuestScope {
  readonly _guest: Guest;
  readonly #watch: Watch | null;

  /** @param owner - told when cancellation takes force; there can be none before the end without a parent */
  constructor(parent: Trunk | null, owner: Interruptible) {
    super(parent, undefined, false);
    this._guest = owner;
    this.#watch = parent === null || this.cancelled ? null : new Watch(owner);
    if (this.#watch !== null) link(this.#watch, this);
  }

  override _describe(): string {
    return "The resolution";
  }

  override _end(): void {
    if (this.#watch !== null) unlink(this.#watch);
    super._end();
  }
}

class Watch extends Branch {
  readonly #owner: Interruptible;

  constructor(owner: Interruptible) {
    super();
    this.#owner = owner;
  }

  override _withdraw(): void {}

  override _deliver(): void {
    this.#owner._interrupted();
  }
}
