import { callOptions, KnownOptions } from "../executor.ts";
import type { CallOptions } from "../index.ts";
import { checkFunction, checkInterval, checkQueue, checkText, integer } from "./checks.ts";
import { checkConnection, type RedisConnection } from "./connection.ts";

/**
 * How a {@link BullMQExecutor} is made.
 *
 * @public
 */
export interface BullMQExecutorOptions {
  /** The name of the queue that its calls go to. Workers of this queue run them. */
  queue: string;
  connection: RedisConnection;
  /** How the keys of the queue begin. Default: BullMQ's, `"bull"`. */
  prefix?: string | undefined;
  /** How many calls may be under way; others wait here, and cost Redis nothing. Default: 1,000. */
  maxInFlight?: number | undefined;
  /** How many bytes the arguments of a call, or its result, may take. Default: 1 MiB. */
  maxBytes?: number | undefined;
  /**
   * How long a cancelled call waits for a word of its worker, in milliseconds. Then it settles all the same, and the
   * diagnostics channel `skein:remote:unanswered` tells of it. Default: 2,000.
   */
  ackMs?: number | undefined;
  /** How often it is asked after calls that nothing has been heard of, in milliseconds. Default: 2,000. */
  sweepMs?: number | undefined;
  /** When nothing was heard of this executor for so long, workers stop its calls, in milliseconds. Default: 10,000. */
  leaseMs?: number | undefined;
  /** How many streams replies are spread over; the same for all executors of a queue. Default: 16. */
  replyLanes?: number | undefined;
  /** What callers and workers share: calls and replies that were not made with it are refused. */
  secret?: string | undefined;
  /** Gives the `traceparent` of a call, in the context of the caller. */
  traceparent?: (() => string | undefined) | undefined;
}

/**
 * How one call runs over BullMQ.
 *
 * @public
 */
export interface BullMQCallOptions extends CallOptions {
  /** Calls of a lower number come first, those without one before all of them: an integer from 1 to 2,097,151. */
  priority?: number | undefined;
}

/** BullMQ's. */
const LAST_PRIORITY = 2 ** 21 - 1;
const MOST_LANES = 1_024;

export const EXECUTOR_OPTIONS: KnownOptions<BullMQExecutorOptions> = new KnownOptions(
  "A BullMQ executor",
  () => ({
    queue: checkQueue,
    connection: checkConnection,
    prefix: checkText,
    maxInFlight: integer(),
    maxBytes: integer(),
    ackMs: checkInterval,
    sweepMs: checkInterval,
    leaseMs: checkInterval,
    replyLanes: integer(MOST_LANES),
    secret: checkText,
    traceparent: checkFunction,
  }),
);

export const CALL_OPTIONS: KnownOptions<BullMQCallOptions> = callOptions("A call over BullMQ", {
  priority: integer(LAST_PRIORITY),
});
