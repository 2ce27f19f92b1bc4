import { randomBytes } from "node:crypto";
import { openCall } from "../executor.ts";
import { CapacityLimiter, ClosedError, type Executor, type ExecutorStatistics } from "../index.ts";
import { Caller } from "./caller.ts";
import {
  type BullMQCallOptions,
  type BullMQExecutorOptions,
  EXECUTOR_OPTIONS,
} from "./executor-options.ts";
import { requireQueue } from "./checks.ts";
import { PREFIX } from "./keys.ts";

/** How a caller is called: twelve digits. */
const ID_BYTES = 6;

/**
 * Runs functions on other machines: it adds a job to a queue of BullMQ, and a {@link BullMQWorker} of that queue,
 * wherever it is, runs the function in one of its threads. Only functions that were declared by `threaded` with a name
 * can be called, for nothing but their names and arguments travel.
 *
 * A call is one as in a thread pool: its deadline, its cancellation in all modes, its progress, its errors. What
 * becomes of a call whose worker is lost is said by the function's `delivery`: it rejects with a
 * {@link RemoteLostError}, or is run again.
 *
 * It connects with the first call. The connection keeps the process alive until the executor is closed.
 *
 * @example
 * ```ts no-run
 * import { main, mapConcurrent, threaded } from "skein";
 * import { BullMQExecutor } from "skein/bullmq";
 *
 * const square = threaded(import.meta, (n: number) => n * n, { name: "numbers/square" });
 * await main(async (scope) => {
 *   await using remote = new BullMQExecutor({ queue: "numbers", connection: "redis://localhost" });
 *   const squares = await mapConcurrent([1, 2, 3], (n, task) =>
 *     remote.run(square, [n], { scope: task, timeoutMs: 60_000 }),
 *   { scope });
 *   console.log(squares);
 * });
 * ```
 *
 * @public
 */
export class BullMQExecutor implements Executor, AsyncDisposable {
  readonly #caller: Caller;
  #ending: Promise<void> | undefined;

  /**
   * @throws TypeError or RangeError if an option is invalid
   */
  constructor(options: BullMQExecutorOptions) {
    const read = EXECUTOR_OPTIONS.read(options);
    requireQueue(read);
    const { maxInFlight = 1_000, traceparent } = read;
    this.#caller = new Caller({
      id: randomBytes(ID_BYTES).toString("hex"),
      queue: read.queue,
      connection: read.connection,
      prefix: read.prefix ?? PREFIX,
      limiter: new CapacityLimiter(maxInFlight),
      maxBytes: read.maxBytes ?? 2 ** 20,
      ackMs: read.ackMs ?? 2_000,
      sweepMs: read.sweepMs ?? 2_000,
      leaseMs: read.leaseMs ?? 10_000,
      replyLanes: read.replyLanes ?? 16,
      secret: read.secret,
      traceparent,
    });
  }

  /**
   * Runs a function on a worker of the queue and awaits its result.
   *
   * **Cancellation:** a call that waits here or in the queue never begins. One that runs is stopped as `onCancel` says,
   * and the promise rejects with the scope's reason when its worker has said that it is over; or, if the worker is not
   * heard of, after `ackMs`. A result that was produced in spite of the cancellation is returned.
   *
   * @param fn - a function that was declared by `threaded` with a name
   * @param args - what it is called with: data, see `serializeValue` of `skein/executor`
   * @param options - what cancels the call, and how it runs
   * @returns what the function returned
   * @throws TypeError or RangeError, synchronously, if an argument is invalid
   * @throws ShipError, as a rejection, for a function without a name
   * @throws NotTransferableError, as a rejection, when an argument or the result cannot be sent, or is too large
   * @throws DeadlineError, as a rejection, when `timeoutMs` passed
   * @throws RemoteLostError, as a rejection, when the worker was lost, or the queue was emptied
   * @throws UnknownFunctionError, as a rejection, when no worker has the function
   * @throws ClosedError, as a rejection, when the executor is closed
   */
  run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options?: BullMQCallOptions,
  ): Promise<Awaited<R>> {
    return openCall(fn, args, options, this.#caller);
  }

  /** What the executor does at this moment: calls that are under way, and those that wait here for their turn. */
  statistics(): ExecutorStatistics {
    return this.#caller.statistics;
  }

  /**
   * Takes no more calls, waits for those it has, and ends its connections.
   *
   * **Cancellation:** none; a call without a deadline may wait for a worker for ever.
   *
   * @returns resolves when the connections have ended; the same promise every time
   */
  close(): Promise<void> {
    return (this.#ending ??= this.#caller.close());
  }

  /**
   * Takes no more calls, cancels those it has, and ends its connections. Calls that have not begun never do; those that
   * run are stopped by their workers, and reject when these have heard of it, or after `ackMs`.
   *
   * @param reason - what the calls reject with; by default a `ClosedError`
   * @returns resolves when the connections have ended
   */
  async destroy(reason?: unknown): Promise<void> {
    const message = "The executor was destroyed: its calls are cancelled";
    this.#caller.abort(reason ?? new ClosedError(message));
    await this.close();
  }

  /** Closes the executor: waits for its calls, then ends its connections. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
