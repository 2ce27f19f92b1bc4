import { availableParallelism } from "node:os";
import { ClosedError, Event, Threadpool, type ScopeLike } from "../index.ts";
import { announceError } from "./channels.ts";
import { requireQueue } from "./checks.ts";
import { PREFIX } from "./keys.ts";
import { Seal } from "./seal.ts";
import { type BullMQWorkerOptions, WORKER_OPTIONS } from "./worker-options.ts";
import { WorkerPlace } from "./worker-place.ts";

/**
 * What a {@link BullMQWorker} does at this moment.
 *
 * @public
 */
export interface BullMQWorkerStatistics {
  /** Calls that it runs. */
  readonly running: number;
  /** Calls that have ended here, in whatever way. */
  readonly completed: number;
}

/**
 * Runs the calls of a queue in threads of this process. It runs the functions that `threaded` has declared with a name
 * in the modules that this process has imported, and nothing else: no code comes with a call.
 *
 * @example
 * ```ts no-run
 * import { main, threaded } from "skein";
 * import { BullMQWorker } from "skein/bullmq";
 *
 * // In a program this is in a module of its own, which callers import as well.
 * threaded(import.meta, (n: number) => n * n, { name: "numbers/square" });
 *
 * await main(async (scope) => {
 *   await using worker = new BullMQWorker({ queue: "numbers", connection: "redis://localhost" });
 *   await worker.serve(scope);
 * });
 * ```
 *
 * @public
 */
export class BullMQWorker implements AsyncDisposable {
  readonly #place: WorkerPlace;
  readonly #closed = new Event();
  #isServing = false;
  #ending: Promise<void> | undefined;

  /**
   * @throws TypeError or RangeError if an option is invalid
   */
  constructor(options: BullMQWorkerOptions) {
    const read = WORKER_OPTIONS.read(options);
    requireQueue(read);
    const { queue, threads = availableParallelism(), limiter } = read;
    this.#place = new WorkerPlace({
      queue,
      connection: read.connection,
      prefix: read.prefix ?? PREFIX,
      threads,
      pool: new Threadpool({ maxThreads: threads, limiter }),
      seal: new Seal(read.secret, queue),
      maxBytes: read.maxBytes ?? 2 ** 20,
      lockMs: read.lockMs ?? 10_000,
      stalledMs: read.stalledMs ?? 5_000,
      leaseMs: read.leaseMs ?? 10_000,
      drainMs: read.drainMs ?? 5_000,
      unknownMs: read.unknownMs ?? 30_000,
      onError: announceError(queue),
    });
  }

  /**
   * Takes calls and runs them until it is told to stop.
   *
   * **Cancellation:** it takes no more calls. Those that run have `drainMs` to end; then calls that may be run again
   * are given back to the queue, and the others are stopped and count as lost. Rejects with the scope's reason after
   * that.
   *
   * @param scope - what it serves under; without one it serves until it is closed
   * @returns resolves when the worker has been closed
   * @throws TypeError, synchronously, for what is no scope
   * @throws ClosedError, as a rejection, when the worker is closed, or serves already
   */
  serve(scope?: ScopeLike): Promise<void> {
    return this.#serve(this.#closed.wait(scope));
  }

  /** What the worker does at this moment. */
  statistics(): BullMQWorkerStatistics {
    return this.#place.statistics;
  }

  /**
   * Takes no more calls, lets those it has end as {@link BullMQWorker.serve} does when it is cancelled, and ends its
   * connections and threads.
   *
   * **Cancellation:** none.
   *
   * @returns resolves when they have ended; the same promise every time
   */
  close(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  /** Closes the worker. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(stopped: Promise<void>): Promise<void> {
    stopped.catch(() => {});
    if (this.#ending !== undefined) throw new ClosedError("The worker is closed: make another one");
    if (this.#isServing) throw new ClosedError("The worker serves already");
    this.#isServing = true;
    // It is open once Redis can be reached, which may take a while.
    this.#place.open().catch(() => {});
    try {
      await stopped;
    } finally {
      await this.close();
    }
  }

  async #end(): Promise<void> {
    this.#closed.set();
    await this.#place.close();
  }
}
