import { CancelledError, DeadlineError, type Origin } from "../errors.ts";
import { isForeignCancellation } from "./cancellation-errors.ts";
import { readFrom } from "./read-from.ts";

/** What a cancellation tells of the scope that it comes from. */
export interface CancelSource {
  _describe(): string;
  /** Whose failure cancelled it. */
  _failedName(): string;
  /** The duration of its deadline, if it was given as one. */
  _timeoutMs(): number | undefined;
}

/**
 * One cancellation event. Every scope that it reaches points at this one record, so "is it mine" is a
 * comparison of pointers and the reason is made once, when somebody first asks.
 */
export class Cancellation {
  /** The scope that was cancelled; those below it are cancelled from outside. */
  readonly source: CancelSource;
  readonly kind: Origin;
  readonly #cause: unknown;
  #made: boolean;
  #reason: unknown;

  /**
   * @param given - the canceller's reason; `undefined` for none. For the kinds that are told apart by an
   *   error (`"sibling"`, `"body"`) it becomes the cause of the reason, not the reason.
   */
  constructor(source: CancelSource, kind: Origin, given: unknown) {
    this.source = source;
    this.kind = kind;
    const ready = given !== undefined && kind !== "sibling" && kind !== "body";
    this.#made = ready;
    this.#reason = ready ? given : undefined;
    this.#cause = ready ? undefined : given;
  }

  get reason(): unknown {
    if (!this.#made) {
      this.#made = true;
      this.#reason = this.#makeReason();
    }
    return this.#reason;
  }

  /** Whether it was this error that brought it about: a failure, whatever it says of itself. */
  isOf(error: unknown): boolean {
    return error !== undefined && error === this.#cause;
  }

  #makeReason(): Error {
    const { source, kind } = this;
    const cause = this.#cause;
    const which = source._describe();
    switch (kind) {
      case "deadline":
        return new DeadlineError(deadlineMessage(source));
      case "sibling":
        return new CancelledError(
          `${source._failedName()} failed, so the rest of its group was cancelled`,
          kind,
          {
            cause,
          },
        );
      case "body":
        return new CancelledError(
          `${which} failed in its body, so its tasks were cancelled`,
          kind,
          { cause },
        );
      case "exit":
        return new CancelledError(`${which} is done, so what was left was cancelled`, kind);
      default:
        return new CancelledError(`${which} was cancelled`, kind);
    }
  }
}

function deadlineMessage(source: CancelSource): string {
  const timeoutMs = source._timeoutMs();
  const when = timeoutMs === undefined ? "by its deadline" : `within ${timeoutMs} ms`;
  return `${source._describe()} was not done ${when}`;
}

/** How long a chain of causes is followed; longer ones are circular or no cancellation of ours. */
const CAUSES = 64;

/**
 * Whether `error` is what a cancellation looks like when it comes back: the reason itself, an error caused by it, or
 * what says of itself that it was cancelled.
 */
export function echoes(error: unknown, cancellation: Cancellation): boolean {
  const { reason } = cancellation;
  if (error === reason || isCausedBy(error, reason)) return true;
  return saysCancelled(error) && !cancellation.isOf(error);
}

function isCausedBy(error: unknown, reason: unknown): boolean {
  let link: unknown = error;
  for (let i = 0; i < CAUSES && typeof link === "object" && link !== null; i++) {
    link = readFrom(link, "cause");
    if (link === undefined) return false;
    if (link === reason) return true;
  }
  return false;
}

/**
 * Whether an error says that something was cancelled: named `AbortError` or coded `ABORT_ERR`, on which Node, the web
 * platform and abort-controller-x agree, or in the words of another library.
 */
export function saysCancelled(error: unknown): boolean {
  return isAbortError(error) || isForeignCancellation(error);
}

function isAbortError(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return readFrom(error, "name") === "AbortError" || readFrom(error, "code") === "ABORT_ERR";
}
