import { DeadlockError, ThreadpoolClosedError } from "../errors.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkRecord } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuse, refuseNumber } from "../scope/refuse.ts";
import type { CapacityLimiter } from "../sync/capacity-limiter.ts";
import { CALL_OPTIONS, checkLimiter, readCall } from "./call-arguments.ts";
import type { UncheckedFunction } from "./any-function.ts";
import { checkedProgram, startEngine } from "./engine.ts";
import type { Engine, PoolLimits } from "./engine/contract.ts";
import type { Executor, RunOptions, ThreadpoolStatistics } from "./executor.ts";
import type { HeldGenerator } from "./held-generator.ts";
import { ThreadIterator } from "./thread-iterator.ts";
import { functionBehind } from "./threaded-function.ts";

/**
 * How much memory a thread may use, in megabytes. One that needs more ends with a `WorkerExitedError`; what is left out
 * is as Node has it.
 *
 * @public
 */
export interface ThreadResourceLimits {
  /** The heap of what was made lately. */
  maxYoungGenerationSizeMb?: number | undefined;
  /** The main heap, at least 4: with less no thread starts, and newer versions of Node end the process for it. */
  maxOldGenerationSizeMb?: number | undefined;
  /** The range for generated code. */
  codeRangeSizeMb?: number | undefined;
  /** The stack, 4 by default, at least 0.25. A small one may leave the thread of no use. */
  stackSizeMb?: number | undefined;
}

/**
 * How a thread pool is made.
 *
 * @public
 */
export interface ThreadpoolOptions {
  /**
   * How many threads may work at once, 1 or more; those that only hold a suspended iteration, or wait for a callback,
   * do not count. Default, without a `limiter`: as many that compute as the machine runs in parallel, at least 2;
   * besides, up to 40 in all that are blocked, and one for calls of functions that have been short so far.
   */
  maxThreads?: number | undefined;
  /** How long a thread that nobody needs is kept, in milliseconds. Default: 30,000. */
  idleMs?: number | undefined;
  /**
   * Bounds how many threads work at once, here and wherever else it is used. A thread counts from the moment when it
   * has a call until it is free again. Default: one of its own with `maxThreads` permits, if that is given.
   */
  limiter?: CapacityLimiter | undefined;
  /** Limits on the memory of each thread. Not in browsers: calls reject with a `NotSupportedError`. */
  resourceLimits?: ThreadResourceLimits | undefined;
  /**
   * The file that threads run, for a bundle in which it is not found by itself: path or file URL of what the bundler
   * made of `skein/thread`. In a browser the URL of a module that imports `skein/thread`, and those that declare
   * functions. Default: {@link Threadpool.program}.
   */
  program?: string | { readonly href: string } | undefined;
}

const IDLE_MS = 30_000;
const MOST_PREWARMED = 256;

const RESOURCE_LIMITS = /* @__PURE__ */ new KnownOptions<ThreadResourceLimits>(
  "`resourceLimits`",
  () => ({
    maxYoungGenerationSizeMb: checkSize,
    maxOldGenerationSizeMb: sizeFrom(4),
    codeRangeSizeMb: checkSize,
    stackSizeMb: sizeFrom(0.25),
  }),
);
const POOL_OPTIONS = /* @__PURE__ */ new KnownOptions<ThreadpoolOptions>("A thread pool", () => ({
  maxThreads: checkThreads,
  idleMs: checkDuration,
  limiter: checkLimiter,
  resourceLimits: checkLimits,
  program: checkProgram,
}));
let programOfAll: string | undefined;

function checkLimits(name: string, value: unknown): void {
  checkRecord(name, value);
  RESOURCE_LIMITS.read(value);
}

function checkProgram(_: string, value: unknown): void {
  checkedProgram(value);
}

function checkThreads(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1) return;
  refuseNumber(name, "an integer of 1 or more", value);
}

/** For memory of which a thread that has less takes the process with it when it starts. */
function sizeFrom(least: number): (name: string, value: unknown) => void {
  return (name, value) => {
    checkSize(name, value);
    if ((value as number) >= least) return;
    refuseNumber(name, `at least ${least} megabytes, which a thread needs to start`, value);
  };
}

function checkSize(name: string, value: unknown): void {
  if (typeof value === "number" && value > 0) return;
  refuseNumber(name, "a number of megabytes above 0", value);
}

/**
 * Worker threads that run plain functions. Threads start when there is work for them and end when there has been none
 * for a while; an idle pool keeps no process alive, a pending call does.
 *
 * @example
 * ```ts
 * import { Threadpool } from "skein";
 *
 * await using pool = new Threadpool({ maxThreads: 2 });
 * const doubled = await pool.run((n: number) => n * 2, [21], { timeoutMs: 5_000 });
 * console.log(doubled);
 * // prints: 42
 * ```
 *
 * @public
 */
export class Threadpool implements Executor, AsyncDisposable {
  readonly #limits: PoolLimits;
  readonly #resourceLimits: ThreadResourceLimits | undefined;
  readonly #program: string | undefined;
  #engine: Engine | undefined;
  /** What calls reject with once the pool takes no more. */
  #refusal: { readonly reason: unknown } | undefined;
  #ending: Promise<void> | undefined;

  /**
   * @throws TypeError or RangeError if an option is invalid
   */
  constructor(options?: ThreadpoolOptions) {
    const {
      maxThreads,
      idleMs = IDLE_MS,
      resourceLimits,
      limiter,
      program,
    } = POOL_OPTIONS.read(options);
    this.#limits = { limiter, maxThreads, idleMs };
    this.#resourceLimits = resourceLimits;
    this.#program = checkedProgram(program);
  }

  /**
   * The file that threads run in every pool that names none, the default one among them; it counts for pools that have
   * not had a call yet. Undefined: it is found beside the library, or the bundle that has it inside, or else as
   * `skein/thread`.
   *
   * @throws TypeError when it is set to what is neither an absolute path nor a file URL, in a browser to what is no URL
   */
  static get program(): string | undefined {
    return programOfAll;
  }

  static set program(program: string | { readonly href: string } | undefined) {
    programOfAll = checkedProgram(program);
  }

  /**
   * Runs a function in a thread and awaits its result, as `runInThreadpool` does, with options.
   *
   * **Cancellation:** while it waits for a thread, the call leaves the queue and nothing has run or moved. Once it
   * runs, `onCancel` decides; the promise rejects with the scope's reason after the thread is free or gone, so that no
   * work outlives its scope (`"abandon"` excepted). A result that was produced in spite of the cancellation is
   * returned. A thread that cannot be ended, because it is in native code, is reported on the diagnostics channel
   * `skein:thread:stuck` and once as a process warning.
   *
   * @param fn - the function; it sees copies of the variables that it captures
   * @param args - what it is called with
   * @param options - what cancels the call, and how it runs
   * @throws TypeError or RangeError, synchronously, if an argument is invalid
   * @throws ShipError, as a rejection, when the function cannot be carried to a thread
   * @throws NotTransferableError, as a rejection, when an argument or the result cannot be
   * @throws DeadlineError, as a rejection, when `timeoutMs` passed
   * @throws WorkerExitedError, as a rejection, when the thread ends while it runs the function
   * @throws WorkerStartError, as a rejection, when no thread has begun it
   * @throws ThreadpoolClosedError, as a rejection, when the pool is closed
   */
  run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options?: RunOptions,
  ): Promise<Awaited<R>> {
    const read = readCall(CALL_OPTIONS, fn, args, options);
    const target = functionBehind(fn) as UncheckedFunction;
    try {
      return this.#started.call(target, args, read) as Promise<Awaited<R>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs a generator function in a thread and streams what it yields, as `iterateInThreadpool` does, with options.
   * `timeoutMs` bounds the whole iteration.
   *
   * **Cancellation:** the generator is ended in its thread, also between two `next()`: its `finally` blocks run. The
   * pending or the following `next()` rejects with the scope's reason after that. One that does not come back is ended
   * with its thread.
   *
   * @param fn - returns an iterable; most often a generator function
   * @param args - what it is called with
   * @param options - what cancels the iteration, and how it runs
   * @returns an iterator to consume once, which starts on the first `next()`
   * @throws TypeError or RangeError, synchronously, if an argument is invalid; from the iterator
   *   what {@link Threadpool.run} throws
   */
  iterate<A extends unknown[], T>(
    fn: (...args: A) => Iterable<T>,
    args: A,
    options?: RunOptions,
  ): AsyncIterableIterator<T> {
    const read = readCall(CALL_OPTIONS, fn, args, options);
    const target = functionBehind(fn) as UncheckedFunction;
    return new ThreadIterator<T>((count, sink) =>
      this.#started.iterate(target, args, read, count, sink),
    );
  }

  /**
   * Runs a generator function in a thread up to its first `yield` and keeps it suspended there until it is finished.
   * Its thread runs nothing else meanwhile. Of more than 16 that are suspended at once some share a thread.
   *
   * **Cancellation:** a generator that has not yielded yet has a second to do so, at a deadline none, unless `onCancel`
   * or `graceMs` say otherwise; then its thread is ended. One that is suspended when the scope is cancelled is told of
   * the reason at its `yield`, as of a failure, and its cleanup runs. When the scope has ended it is there until it is
   * finished.
   *
   * @param fn - a generator function
   * @param args - what it is called with
   * @param options - what cancels the call, and how it runs
   * @returns the value that it yielded, and how to finish it
   * @throws TypeError or RangeError, synchronously, if an argument is invalid
   * @throws GeneratorContractError, as a rejection, if it ends without a `yield`; besides, what {@link Threadpool.run}
   *   throws
   */
  hold<A extends unknown[], T>(
    fn: (...args: A) => Generator<T, unknown, undefined>,
    args: A,
    options?: RunOptions,
  ): Promise<HeldGenerator<T>> {
    const read = readCall(CALL_OPTIONS, fn, args, options);
    const target = functionBehind(fn) as UncheckedFunction;
    try {
      return this.#started.hold(target, args, read) as Promise<HeldGenerator<T>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Starts threads before they are needed. Unless there are calls for them they end after `idleMs`, as all do.
   *
   * **Cancellation:** none; it takes some 50 ms a thread.
   *
   * @param threads - how many there are to be, at most `maxThreads`; an integer of 0 or more
   * @returns resolves when so many are up
   * @throws TypeError or RangeError, synchronously, if `threads` is no such number
   * @throws ThreadpoolClosedError, as a rejection, when the pool is closed
   */
  prewarm(threads: number): Promise<void> {
    if (typeof threads !== "number") refuse("threads", "a number", threads);
    const most = this.#limits.maxThreads ?? MOST_PREWARMED;
    if (!(Number.isInteger(threads) && threads >= 0 && threads <= most)) {
      refuseNumber("threads", `an integer from 0 to ${most}`, threads);
    }
    try {
      return this.#started.prewarm(threads);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What the pool does at this moment. */
  statistics(): ThreadpoolStatistics {
    return this.#engine?.statistics ?? { running: 0, queued: 0, completed: 0, threads: 0 };
  }

  /**
   * Takes no more calls, waits for those it has, and ends the threads.
   *
   * **Cancellation:** none; {@link Threadpool.destroy} does not wait for the calls.
   *
   * @returns resolves when the last thread has ended; the same promise every time
   */
  close(): Promise<void> {
    if (this.#engine?.isInCallback === true) {
      const message =
        "A thread pool waits for its calls when it is closed, and one of them waits for this callback: close it elsewhere";
      return Promise.reject(new DeadlockError(message));
    }
    this.#refuse(new ThreadpoolClosedError("The thread pool is closed: it takes no more calls"));
    return (this.#ending ??= this.#end());
  }

  /**
   * Takes no more calls, cancels those it has, and ends the threads. Calls that wait reject with `reason` at once,
   * those that run when their thread is free or gone; their `graceMs` counts, their `onCancel` does not.
   *
   * @param reason - what the calls reject with; by default a `ThreadpoolClosedError`
   * @returns resolves when the last thread has ended
   */
  async destroy(reason?: unknown): Promise<void> {
    const refusal =
      reason ?? new ThreadpoolClosedError("The thread pool was destroyed: its calls are cancelled");
    this.#refuse(refusal);
    const ending = (this.#ending ??= this.#end());
    this.#engine?.abort(refusal);
    await ending;
  }

  /** Closes the pool: waits for its calls, then ends its threads. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuse(reason: unknown): void {
    this.#refusal ??= { reason };
  }

  async #end(): Promise<void> {
    await this.#engine?.close();
  }

  /**
   * @throws why the pool takes no more, WorkerStartError if there is no program for its threads, or NotSupportedError
   * if there are none
   */
  get #started(): Engine {
    if (this.#refusal !== undefined) throw this.#refusal.reason;
    const program = this.#program ?? programOfAll;
    return (this.#engine ??= startEngine(this.#limits, program, this.#resourceLimits));
  }
}
