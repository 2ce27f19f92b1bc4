import { refuseGenerator } from "../scope/body.ts";
import { Failures, failuresSince, rejectionsSoFar } from "../scope/failures.ts";
import type { Scope } from "../scope/scope.ts";
import type { TaskScope } from "./task-group.ts";

/** Calls that share one scope: the first that fails cancels the others. */
export class Calls {
  readonly scope: Scope & TaskScope;
  #failures: Failures | null = null;
  #interrupted = false;
  /** Failures that are results which nobody has seen yet. */
  readonly #kept = new Set<unknown>();
  readonly #start = rejectionsSoFar();

  constructor(scope: TaskScope) {
    this.scope = scope as Scope & TaskScope;
  }

  /** Looks at the clock only if there is a deadline. */
  get isStopped(): boolean {
    const { scope } = this;
    return (scope._inForce !== null || scope._limit !== null) && scope.cancelled;
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

  /** The same function, whose failures are results and stop nothing. */
  settling<A extends unknown[], R>(
    fn: (...args: A) => R | PromiseLike<R>,
  ): (...args: A) => PromiseSettledResult<R> | Promise<PromiseSettledResult<R>> {
    const failed = (error: unknown): PromiseRejectedResult => this.#keep(error);
    return (...args) => {
      let result: R | PromiseLike<R>;
      try {
        result = fn(...args);
      } catch (error) {
        return failed(error);
      }
      refuseGenerator(result, fn);
      return Promise.resolve(result).then(fulfilled, failed);
    };
  }

  #keep(error: unknown): PromiseRejectedResult {
    if (this.scope._echoed(error) !== null) throw error;
    const result: PromiseRejectedResult = { status: "rejected", reason: error };
    this.#kept.add(result);
    return result;
  }

  /** A result has been given out, and need not be reported any more. */
  seen(result: unknown): void {
    this.#kept.delete(result);
  }

  /** After the last call: throws what they came to, if that is not a result for each. */
  finish(): void {
    if (this.#failures !== null) throw this.#withUnseen(this.#failures).first();
    if (this.#interrupted) throw this.rejection(this.scope.reason);
  }

  /** What to reject with when a cancellation with this reason leaves failures that nobody has seen. */
  rejection(reason: unknown): unknown {
    return this.#kept.size === 0 ? reason : this.#withUnseen(new Failures()).first();
  }

  #withUnseen(failures: Failures): Failures {
    for (const kept of this.#kept) {
      failures.addAll(failuresSince((kept as PromiseRejectedResult).reason, this.#start));
    }
    return failures;
  }
}

function fulfilled<R>(value: R): PromiseFulfilledResult<R> {
  return { status: "fulfilled", value };
}
