import { Failures, failuresSince, rejectionsSoFar } from "../../scope/failures.ts";
import { dropOldCause, giveCause } from "./given-cause.ts";
import { rememberPath } from "../plan/dependency-path.ts";
import type { Setup } from "./setup.ts";

/** What has gone wrong in a resolution or in an open lifetime. The first in the list is what it rejects with. */
export class ProviderFailures {
  /** In order of occurrence. */
  readonly #failures = new Failures();
  /** What has taken the place of a failure, each with what it carries; the last stands for all. */
  readonly #replacements: (readonly unknown[])[] = [];
  /** Errors whose origin is known. */
  readonly #attributed = new Set<unknown>();
  /** Which rejections are older: an error that was thrown before carries nothing of theirs. */
  readonly #since: number;
  /** The rank of the generator whose replacement is the last. */
  #outermost = Infinity;

  constructor(since: number = rejectionsSoFar()) {
    this.#since = since;
  }

  /** What stands for all; nothing has failed while there is none. */
  get primary(): { readonly error: unknown } | undefined {
    const list = this.#replacements.at(-1) ?? this.#failures.list;
    return list.length === 0 ? undefined : { error: list[0] };
  }

  add(error: unknown): void {
    this.#attributed.add(error);
    this.#failures.addAll(failuresSince(error, this.#since));
  }

  /**
   * A generator has thrown something else than the failure that it was told of. As with `catch` in nested blocks, what
   * the outermost throws is what counts; what it was told of stays among the failures, and is the cause if there is no
   * other.
   *
   * @param told - what it was told of; `undefined` if that was a cancellation, which is no failure
   * @param rank - the lower, the further out
   * @param since - the rejections at the time when it was told
   */
  replace(
    error: unknown,
    told: { readonly error: unknown } | undefined,
    rank: number,
    since: number,
  ): void {
    if (told !== undefined) {
      if (this.primary === undefined) this.add(told.error);
      giveCause(error, told.error);
    }
    const all = failuresSince(error, since);
    if (rank > this.#outermost) {
      this.#failures.addAll(all);
    } else {
      this.#outermost = rank;
      this.#replacements.push(all);
    }
  }

  /** An error comes from where it came out first, whoever passes it on. */
  attribute(setup: Setup, error: unknown): void {
    if (this.#attributed.has(error)) return;
    this.#attributed.add(error);
    rememberPath(error, setup.path);
  }

  /** What to reject with. Invariant: something has failed. */
  rejection(): unknown {
    const failures = new Failures();
    for (const each of this.#replacements.toReversed()) failures.addAll(each);
    failures.addAll(this.#failures.list);
    dropOldCause(failures.list[0], failures.list);
    return failures.first();
  }
}
