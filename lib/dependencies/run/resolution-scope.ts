import { link, type ParentScope, unlink, PlainChild } from "../../scope/scope-child.ts";
import { type LifetimeActivity, LifetimeActivityScope } from "./lifetime-activities.ts";

export interface Interruptible extends LifetimeActivity {
  /** A cancellation takes force. */
  _interrupted(): void;
}

/** The scope of a resolution: below the caller's, above those of its setups. */
export class ResolutionScope extends LifetimeActivityScope {
  readonly _activity: LifetimeActivity;
  readonly #watch: Watch;

  /** @param owner - told when cancellation takes force */
  constructor(parent: ParentScope | null, owner: Interruptible) {
    super(parent, undefined, false);
    this._activity = owner;
    this.#watch = new Watch(owner);
    link(this.#watch, this);
  }

  override _describe(): string {
    return "The resolution";
  }

  override _end(): void {
    unlink(this.#watch);
    super._end();
  }
}

class Watch extends PlainChild {
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
