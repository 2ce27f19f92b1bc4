import type { Origin } from "../errors.ts";

/**
 * A region of a program that can be cancelled. It has a reason, a deadline and a shield; scopes form a tree, and
 * cancelling one cancels all below it. Its `signal` is for everybody else's functions:
 * `fetch(url, { signal: scope.signal })`.
 *
 * @public
 */
export interface CancelScope {
  readonly name: string;
  /**
   * A native signal, made on first read. It aborts when cancellation takes force in this scope, with
   * `signal.reason === scope.reason`, and never once the scope has ended.
   */
  readonly signal: AbortSignal;
  /** Cancellation is in force: the scope's own, or that of an enclosing scope which no shield stops. */
  readonly cancelled: boolean;
  /** The reason of the cancellation in force; `undefined` while there is none. */
  readonly reason: unknown;
  /** What kind of event the cancellation in force came from; `undefined` while there is none. */
  readonly origin: Origin | undefined;
  /**
   * When the scope cancels itself: milliseconds on the clock of `performance.now()`, `Infinity` for never.
   * It can be changed while the scope runs; a cancelled scope stays cancelled.
   */
  deadline: number;
  /** The earliest deadline that applies here, shields considered; `-Infinity` once cancelled. */
  readonly effectiveDeadline: number;
  /**
   * Whether cancellation from outside is kept out. The scope's own `cancel()` and deadline still work.
   * Lowering a shield lets a cancellation that waits outside in at once.
   */
  shielded: boolean;
  /**
   * Cancels this scope and everything below it. The first reason stays; further calls do nothing.
   *
   * @param reason - what every wait below rejects with, by identity; without one, a `CancelledError`
   */
  cancel(reason?: unknown): void;
  /** Throws the reason if cancellation is in force. */
  throwIfCancelled(): void;
  /**
   * Calls back once when cancellation takes force; at once if it is in force already. The end of the scope forgets the
   * callback; after that, the enclosing scope stands in for this one. The callback runs in the
   * `AsyncLocalStorage` context of this call. One that throws does not stop the others: its error counts as
   * a failure of the scope.
   *
   * @returns disposing it forgets the callback
   */
  onCancel(callback: (reason: unknown) => void): Disposable;
}

/**
 * What an operation waits under: a scope, or anything with a `signal`. A bare signal is none: write `{ signal }`;
 * without a signal, leave it out, or write `{ signal: undefined }`.
 *
 * @public
 */
export interface ScopeLike {
  readonly signal: AbortSignal | undefined;
}

/**
 * Where a new scope stands and what bounds it.
 *
 * @public
 */
export interface ScopeOptions {
  /** The enclosing scope, or anything with a `signal`. */
  scope?: ScopeLike | undefined;
  /** An external signal whose abort cancels the scope from outside. */
  signal?: AbortSignal | undefined;
  /**
   * Absolute, on the clock of `performance.now()`, in milliseconds. The earlier one counts if `timeoutMs` is given too.
   */
  deadline?: number | undefined;
  /** Counted from entry, in milliseconds. */
  timeoutMs?: number | undefined;
  /** Starts the scope shielded. */
  shield?: boolean | undefined;
  /** For messages and for the task tree. */
  name?: string | undefined;
}
