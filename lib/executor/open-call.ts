import { AsyncResource } from "node:async_hooks";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { KnownOptions, type OptionChecks } from "../scope/options.ts";
import { unscoped } from "../scope/wait.ts";
import { CALL_OPTIONS, readCall } from "../threads/call-arguments.ts";
import { type CallScopes, scopesOf } from "../threads/call-scopes.ts";
import { withinCall } from "../threads/call-events.ts";
import type { CallOptions, OnCancel } from "../threads/executor.ts";
import { PendingCall } from "../threads/pending-call.ts";
import { hasContexts } from "../threads/call-context.ts";
import { functionBehind } from "../threads/threaded-function.ts";
import { type CallContexts, captureNamed } from "./call-contexts.ts";
import { type FunctionIdentity, identityOf } from "./identity.ts";
import type { AnyFunction } from "../threads/any-function.ts";

/**
 * A call that an executor has been given, from its begin until it has settled. The caller's scope, deadline and signal
 * are seen to: the executor hears of a cancellation through {@link CallKeeper.cancel}, and says what has become of the
 * call by one of `resolve`, `reject` and `rejectThrown`. The first of them counts.
 *
 * @public
 */
export interface ExecutorCall<O extends CallOptions = CallOptions> {
  /** The function itself, not what `threaded` has made of it. */
  readonly fn: (...args: never[]) => unknown;
  /** What it is known by elsewhere; undefined for a function that was declared without a name. */
  readonly identity: FunctionIdentity | undefined;
  readonly args: readonly unknown[];
  /** As they were given, and checked. */
  readonly options: O;
  /** For reports and messages. */
  readonly name: string;
  readonly onCancel: OnCancel;
  /** What the executor may wait under for its turn: the scope of the call. */
  readonly scope: ScopeLike;
  /** What goes with it of the caller's contexts that have names: for `runInContexts`, where the function runs. */
  readonly contexts: CallContexts | undefined;
  /** The earliest deadline that applies, on the clock of `performance.now()`; `Infinity` for none. */
  readonly deadline: number;
  readonly settled: boolean;
  /** Ends the call with the function's result. */
  resolve(value: unknown): void;
  /** Ends the call with the reason of its cancellation, or with a failure of the executor. */
  reject(reason: unknown): void;
  /** Ends the call with what the function threw: with the reason instead, if that is its cancellation coming back. */
  rejectThrown(thrown: unknown): void;
  /**
   * Hands on what the function has given to `progress()`, in the context of the caller. If that throws, the call is
   * cancelled.
   */
  report(value: unknown): void;
  /** The stack of the call, for what is thrown on the other side. */
  readonly stack: string | undefined;
}

/**
 * What an executor does with a call.
 *
 * @public
 */
export interface CallKeeper<O extends CallOptions = CallOptions> {
  /** The options of its calls, made by {@link callOptions}. */
  readonly callOptions: KnownOptions<O>;
  /** Takes the call in. What it throws is what the call rejects with. */
  start(call: ExecutorCall<O>): void;
  /**
   * The call is cancelled. If its function has not begun, it never does, and the call rejects with the reason. If it
   * has, `onCancel` says what becomes of it.
   *
   * @param isShielded - of `"shield"`: a function that has begun is left alone
   */
  cancel(call: ExecutorCall<O>, reason: unknown, isShielded: boolean): void;
  /** The call has settled: there is nothing more to do for it. */
  settled(call: ExecutorCall<O>): void;
}

/**
 * Reads the options of an executor's calls: those of every call, and what the executor has besides.
 *
 * @param whose - what the options are of, as a message begins: `"A call over BullMQ"`
 * @param checks - for each option besides, what refuses a wrong value
 * @returns what checks options and gives them
 *
 * @example
 * ```ts
 * import type { CallOptions } from "skein";
 * import { callOptions } from "skein/executor";
 *
 * const options = callOptions<CallOptions & { lane?: number }>("A call by post", {
 *   lane: (name, value) => {
 *     if (typeof value !== "number") throw new TypeError(`Expected \`${name}\` to be a number`);
 *   },
 * });
 * console.log(options.read({ timeoutMs: 5, lane: 2 }));
 * // prints: { timeoutMs: 5, lane: 2 }
 * ```
 *
 * @public
 */
export function callOptions<O extends CallOptions>(
  whose: string,
  checks: OptionChecks<Omit<O, keyof CallOptions>>,
): KnownOptions<O> {
  return new KnownOptions<O>(whose, () => {
    const { transfer: _, captures: __, callId: ___, ...ofEveryCall } = CALL_OPTIONS.checks;
    return { ...ofEveryCall, ...checks } as OptionChecks<O>;
  });
}

/**
 * Opens a call for an executor, so that it is one as a thread pool's is: it hangs below its scope and is cancelled with
 * it, settles once, has a place in the task tree and in traces, and its `onProgress` runs in the context of the caller.
 *
 * **Cancellation:** a scope that is cancelled already rejects with its reason, and the executor hears nothing of the
 * call.
 *
 * @param fn - what is to run elsewhere
 * @param args - what it is called with
 * @param options - of the call, as they were given
 * @param keeper - the executor's part
 * @returns what the executor's `run` returns
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { type CallKeeper, callOptions, openCall } from "skein/executor";
 *
 * // Runs everything here, a little later.
 * const keeper: CallKeeper = {
 *   callOptions: callOptions("A call a little later", {}),
 *   start(call) {
 *     const fn = call.fn as (...args: readonly unknown[]) => unknown;
 *     setImmediate(() => {
 *       if (!call.settled) call.resolve(fn(...call.args));
 *     });
 *   },
 *   cancel: (call, reason) => call.reject(reason),
 *   settled: () => {},
 * };
 * console.log(await openCall((n: number) => n + 1, [1], { timeoutMs: 1_000 }, keeper));
 * // prints: 2
 * ```
 *
 * @public
 */
export function openCall<O extends CallOptions>(
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: O | undefined,
  keeper: CallKeeper<O>,
): Promise<never> {
  const read = readCall(keeper.callOptions, fn, args, options);
  const site: { readonly stack?: string } = {};
  Error.captureStackTrace(site, openCall);
  return new Promise((resolve, reject) => {
    const name = read.name ?? fn.name;
    const scopes = scopesOf(read, name);
    try {
      scopes.scope?.throwIfCancelled();
    } catch (reason) {
      scopes.ownScope?._end();
      throw reason;
    }
    const call = new OpenCall(fn, args, read, keeper, name, scopes, site, resolve, reject);
    try {
      call.capture();
      keeper.start(call);
    } catch (error) {
      call.reject(error);
    }
  });
}

class OpenCall<O extends CallOptions> extends PendingCall implements ExecutorCall<O> {
  readonly fn: AnyFunction;
  readonly identity: FunctionIdentity | undefined;
  readonly args: readonly unknown[];
  readonly options: O;
  readonly name: string;
  contexts: CallContexts | undefined = undefined;
  readonly #keeper: CallKeeper<O>;
  readonly #scopes: CallScopes;
  readonly #site: { readonly stack?: string };
  readonly #context: AsyncResource | undefined;

  constructor(
    fn: AnyFunction,
    args: readonly unknown[],
    options: O,
    keeper: CallKeeper<O>,
    name: string,
    scopes: CallScopes,
    site: { readonly stack?: string },
    resolve: (value: never) => void,
    reject: (reason: unknown) => void,
  ) {
    super(name, scopes.scope, resolve as (value: unknown) => void, reject);
    this.fn = functionBehind(fn);
    this.identity = identityOf(fn);
    this.args = args;
    this.options = options;
    this.name = name;
    this.#keeper = keeper;
    this.#scopes = scopes;
    this.#site = site;
    this.#context =
      options.onProgress === undefined
        ? undefined
        : new AsyncResource("skein.executor", { requireManualDestroy: true });
  }

  get onCancel(): OnCancel {
    return this.options.onCancel ?? "kill";
  }

  get scope(): ScopeLike {
    return this.#scopes.scope ?? unscoped;
  }

  get deadline(): number {
    return this.#scopes.scope?.effectiveDeadline ?? Infinity;
  }

  get stack(): string | undefined {
    return this.#site.stack;
  }

  /** @throws what a context throws */
  capture(): void {
    if (hasContexts()) this.contexts = withinCall(this, captureNamed);
  }

  report(value: unknown): void {
    const { onProgress } = this.options;
    if (onProgress === undefined || this.settled) return;
    try {
      withinCall(this, () => onProgress(value), this.#context);
    } catch (error) {
      this.#failed(error);
    }
  }

  override _waitsFor(): string {
    return `"${this.name}" elsewhere`;
  }

  protected override _isOwn({ source }: Cancellation): boolean {
    return source === this.#scopes.ownScope;
  }

  protected override _cancelled(reason: unknown): void {
    // A shield keeps out what comes from outside; the call's own deadline still counts.
    const isShielded = this.onCancel === "shield" && !this._isOwn(this.cancellation!.event!);
    this.#keeper.cancel(this, reason, isShielded);
  }

  protected override _ended(): void {
    this.#scopes.ownScope?._end();
    this.#keeper.settled(this);
  }

  #failed(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    // One that is cancelled already ends in its own way.
    if (this.cancellation !== undefined) return;
    this.cancellation = { reason: error, event: undefined };
    this.#keeper.cancel(this, error, false);
  }
}
