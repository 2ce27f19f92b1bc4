import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connect, disconnect, type RedisConnection, within } from "./connection.ts";
import { type Entry, publish, StreamReader } from "./event-stream.ts";
import { Keys } from "./keys.ts";
import type { JobData, Message } from "./message.ts";
import { bullmq } from "./peers.ts";
import type { JobOutcome, Records } from "./reply-desk.ts";
import { Say } from "./said.ts";

/** What becomes of jobs that are over: for a while they are there for whoever has missed their end. */
const KEEP = { age: 300, count: 10_000 };
/** Of BullMQ's own events, which nobody here reads. */
const MOST_EVENTS = 100;
const CLOSING_MS = 1_000;
/** So long after its cancellation a call is not run again. */
const CANCELLED_S = 86_400;

interface LineSettings {
  readonly id: string;
  readonly queue: string;
  readonly connection: RedisConnection;
  readonly prefix: string;
}

/** A caller's connections: to its queue, and to the lane that replies come in by. */
export class QueueLine implements Records {
  readonly #id: string;
  readonly #keys: Keys;
  readonly #commands: Redis;
  readonly #queue: Queue;
  readonly #replies: StreamReader;
  readonly #isHeard: Promise<void>;
  readonly #onError: (error: unknown) => void;
  #isBeating = false;

  constructor(
    { id, queue, connection, prefix }: LineSettings,
    lane: number,
    hear: (entry: Entry) => void,
    onError: (error: unknown) => void,
  ) {
    this.#id = id;
    this.#onError = onError;
    this.#keys = new Keys(prefix, queue);
    this.#commands = connect(connection, onError);
    this.#queue = new bullmq.Queue(queue, {
      connection: this.#commands as never,
      prefix,
      streams: { events: { maxLen: MOST_EVENTS } },
    });
    this.#queue.on("error", onError);
    const reading = connect(connection, onError);
    this.#replies = new StreamReader(reading, this.#keys.reply(lane), hear, onError);
    this.#isHeard = this.#replies.start();
    this.#isHeard.catch(onError);
  }

  /** Adds a job. What its worker says will be heard. */
  async add(
    name: string,
    message: Message,
    callId: string,
    priority: number | undefined,
  ): Promise<void> {
    await this.#isHeard;
    await this.#queue.add(name === "" ? message.f : name, message, {
      jobId: callId,
      removeOnComplete: KEEP,
      removeOnFail: KEEP,
      ...(priority !== undefined && { priority }),
    });
  }

  /** Takes a job out of the queue; false if a worker has it. */
  async remove(callId: string): Promise<boolean> {
    return (await this.#queue.remove(callId)) === 1;
  }

  /** Tells the worker that has the job, and whoever would run it again. */
  async cancel(callId: string): Promise<void> {
    await Promise.all([
      this.#commands.set(this.#keys.cancelled(callId), 1, "EX", CANCELLED_S),
      publish(this.#commands, this.#keys.control, { t: Say.cancel, j: callId }),
    ]);
  }

  /** Says that the caller is there. */
  beat(): void {
    if (this.#isBeating) return;
    this.#isBeating = true;
    publish(this.#commands, this.#keys.control, { t: Say.alive, c: this.#id })
      .catch(this.#onError)
      .finally(() => (this.#isBeating = false));
  }

  async stateOf(callId: string): Promise<"missing" | "pending" | "over"> {
    const key = this.#queue.toKey(callId);
    const [added, finished] = await this.#commands.hmget(key, "timestamp", "finishedOn");
    if (typeof added !== "string") return "missing";
    return typeof finished === "string" ? "over" : "pending";
  }

  async outcomeOf(callId: string): Promise<JobOutcome | undefined> {
    const job = await this.#queue.getJob(callId);
    if (job?.finishedOn === undefined) return undefined;
    if (job.failedReason === undefined) return { returned: job.returnvalue as string };
    const failed = (job.data as JobData).e;
    // Without the word of a worker it is BullMQ that has failed it, or somebody else.
    return failed === undefined ? { lost: job.failedReason } : { failed };
  }

  async close(): Promise<void> {
    await this.#replies.close();
    await within(CLOSING_MS, this.#queue.close());
    await disconnect(this.#commands);
  }
}
