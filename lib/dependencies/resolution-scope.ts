import { Branch, link, type Trunk, unlink } from "../scope/branch.ts";
import { Scope } from "../scope/scope.ts";

/** The scope of a resolution: below the caller's, above those of its setups. */
export class ResolutionScope extends Scope {
  readonly #watch: Watch | null;

  /** @param interrupted - called when cancellation takes force; there can be none before the end without a parent */
  constructor(parent: Trunk | null, interrupted: () => void) {
    super(parent, undefined, false);
    this.#watch = parent === null || this.cancelled ? null : new Watch(interrupted);
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
  readonly #interrupted: () => void;

  constructor(interrupted: () => void) {
    super();
    this.#interrupted = interrupted;
  }

  override _withdraw(): void {}

  override _deliver(): void {
    this.#interrupted();
  }
}
