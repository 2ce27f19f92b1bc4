import { KnownOptions } from "../executor.ts";
import type { CapacityLimiter } from "../index.ts";
import {
  checkInterval,
  checkLimiter,
  checkQueue,
  checkText,
  checkWait,
  integer,
} from "./checks.ts";
import { checkConnection, type RedisConnection } from "./connection.ts";

/**
 * How a {@link BullMQWorker} is made.
 *
 * @public
 */
export interface BullMQWorkerOptions {
  /** The name of the queue that it takes calls from. */
  queue: string;
  connection: RedisConnection;
  /** How the keys of the queue begin. Default: BullMQ's, `"bull"`. */
  prefix?: string | undefined;
  /** How many calls it runs at once, each in a thread. Default: as many as the machine runs in parallel. */
  threads?: number | undefined;
  /** Bounds how many threads work at once, here and wherever else it is used. */
  limiter?: CapacityLimiter | undefined;
  /** How many bytes a result may take. Default: 1 MiB. */
  maxBytes?: number | undefined;
  /** After so long without a sign of its worker a call counts as lost, in milliseconds. Default: 10,000. */
  lockMs?: number | undefined;
  /** How often it is looked for calls that are lost, in milliseconds. Default: 5,000. */
  stalledMs?: number | undefined;
  /** When nothing was heard of a caller for so long, its calls are stopped, in milliseconds. Default: 10,000. */
  leaseMs?: number | undefined;
  /**
   * How long calls may go on once the worker is to end, in milliseconds; then they are given back or stopped. Default:
   * 5,000.
   */
  drainMs?: number | undefined;
  /**
   * How long a call of a function that is not known here is put back for another worker, in milliseconds. Default:
   * 30,000.
   */
  unknownMs?: number | undefined;
  /** What callers and workers share: calls that were not made with it are refused. */
  secret?: string | undefined;
}

const MOST_THREADS = 256;

export const WORKER_OPTIONS: KnownOptions<BullMQWorkerOptions> = new KnownOptions(
  "A BullMQ worker",
  () => ({
    queue: checkQueue,
    connection: checkConnection,
    prefix: checkText,
    threads: integer(MOST_THREADS),
    limiter: checkLimiter,
    maxBytes: integer(),
    lockMs: checkInterval,
    stalledMs: checkInterval,
    leaseMs: checkInterval,
    drainMs: checkWait,
    unknownMs: checkWait,
    secret: checkText,
  }),
);
