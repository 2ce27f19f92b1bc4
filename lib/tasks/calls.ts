import { Failures, failuresSince, rejectionsSoFar } from "../scope/failures.ts";
import type { Scope } from "../scope/scope.ts";
import type { TaskScope } from "./task-group.ts";

/** Calls that share one scope: the first that fails cancels the others. */
export class Calls {
  readonly scope: Scope & TaskScope;
  #failures: Failures | null = null;
  #interrupted = false;
  readonly #start = rejectionsSoFar();

  constructor(scope: TaskScope) {
    this.scope = scope as Scope & TaskScope;
  }

  /** A call has thrown: a failure, or the cancellation coming back. */
  threw(error: unknown): void {
    if (this.scope._echoed(error) !== null) {
      this.#interrupted = true;
      return;
    }
    (this.#failures ??= new Failures()).addAll(failuresSince(error, this.#start));
    this.scope._cancel("sibling", error);
  }

  /** After the last call: throws what they came to, if that is not a result for each. */
  finish(): void {
    if (this.#failures !== null) throw this.#failures.first();
    if (this.#interrupted) throw this.scope.reason;
  }
}
