import type { ParentScope } from "../scope/scope-child.ts";
import { PlainScope } from "../scope/scope.ts";

/** Where the services of a group hang: shielded, so that they outlast its ordinary tasks. */
export class Services extends PlainScope {
  /** Those that have not settled. */
  running = 0;
  readonly #group: ParentScope;

  constructor(group: ParentScope) {
    super(group, group.name, true);
    this.#group = group;
  }

  /** On cancellation the services hear the same reason as everyone else, only later. */
  stop(): void {
    if (this.#group._inForce === null) this._cancel("exit", undefined);
    else this.shielded = false;
  }

  override _isVisible(): boolean {
    return false;
  }

  override _describe(): string {
    return this.#group._describe();
  }
}
