import type { ScopeLike } from "../scope/cancel-scope.ts";
import type { CapacityLimiter } from "../sync/capacity-limiter.ts";

/**
 * What becomes of a function that runs in a thread when its call is cancelled.
 *
 * - `"kill"`: it is told through `checkCancelled()`, has `graceMs` to stop, then its thread is ended
 * - `"cooperate"`: it is told; the caller waits until it ends
 * - `"abandon"`: it is told; the caller leaves at once, the thread stays counted as busy until the function ends
 * - `"shield"`: nothing; the caller waits for the result
 *
 * A call that still waits for a thread is taken out of the queue in every mode.
 *
 * @public
 */
export type OnCancel = "kill" | "cooperate" | "abandon" | "shield";

/**
 * What moves between threads instead of being copied, by what tells each kind: an `ArrayBuffer`, an `AbortSignal` that
 * was made for it, a `MessagePort`, a `FileHandle`, a web stream (readable, writable or both), and on Node 26 a socket
 * or a server.
 *
 * @public
 */
export type Transferable =
  | ArrayBuffer
  | AbortSignal
  | { postMessage(message: never): void; start(): void }
  | { readonly fd: number; close(): PromiseLike<void> }
  | { readonly locked: boolean; getReader(): unknown }
  | { readonly locked: boolean; getWriter(): unknown }
  | { readonly readable: object; readonly writable: object }
  | { address(): unknown; ref(): unknown; unref(): unknown };

/**
 * What cancels a call, and what is told of it, wherever it runs.
 *
 * @public
 */
export interface CallOptions {
  /** What the call waits under: a scope, or anything with a `signal`. */
  scope?: ScopeLike | undefined;
  /** An external signal that cancels the call. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from the call, waiting for its turn included; then the call is cancelled with a `DeadlineError`. */
  timeoutMs?: number | undefined;
  /** Default: `"kill"`. */
  onCancel?: OnCancel | undefined;
  /**
   * For `"kill"`: how long the function may run on after its cancellation, in milliseconds. Default: 50 for a function
   * that has called `checkCancelled()`, 0 for any other.
   */
  graceMs?: number | undefined;
  /**
   * Takes the place of the executor's limiter, for calls that are of another kind: those that block rather than
   * compute.
   */
  limiter?: CapacityLimiter | undefined;
  /** For reports and messages. Default: the function's name. */
  name?: string | undefined;
  /** Gets what the function gives to `progress()`, in the `AsyncLocalStorage` context of the call. */
  onProgress?: ((value: unknown) => void) | undefined;
}

/**
 * How one call runs in a thread.
 *
 * @public
 */
export interface RunOptions extends CallOptions {
  /** What moves with the arguments. */
  transfer?: readonly Transferable[] | undefined;
  /** The variables that the function uses from outside, by name, for where they cannot be found out. */
  captures?: Record<string, unknown> | undefined;
  /** What `callId()` of `skein/worker` gives in the function. Default: an identification of this call and no other. */
  callId?: string | undefined;
}

/**
 * Something that runs functions elsewhere. {@link Threadpool} is the one for the threads of this process; the
 * resolver of dependencies and everything else above see only this.
 *
 * @public
 */
export interface Executor {
  run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options?: CallOptions,
  ): Promise<Awaited<R>>;
  /** Streams what the function yields. Not every executor can. */
  iterate?<A extends unknown[], T>(
    fn: (...args: A) => Iterable<T>,
    args: A,
    options?: CallOptions,
  ): AsyncIterableIterator<T>;
  statistics(): ExecutorStatistics;
  close(): Promise<void>;
}

/**
 * What an executor does at this moment.
 *
 * @public
 */
export interface ExecutorStatistics {
  /** Calls that run. */
  readonly running: number;
  /** Calls that wait. */
  readonly queued: number;
  /** Calls that have ended, in whatever way, since the executor was made. */
  readonly completed: number;
}

/**
 * What a thread pool does at this moment.
 *
 * @public
 */
export interface ThreadpoolStatistics extends ExecutorStatistics {
  /** Threads that are up or coming up. */
  readonly threads: number;
}
