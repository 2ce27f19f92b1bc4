import { randomUUID } from "node:crypto";
// The host's: other machines take real time, also where a test lets time jump.
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Threadpool } from "../index.ts";
import { connect, disconnect, type RedisConnection, within } from "./connection.ts";
import { type Entry, publish, StreamReader } from "./event-stream.ts";
import { JobRunner, type RunnerPlace } from "./job-runner.ts";
import { Keys } from "./keys.ts";
import { Leases } from "./leases.ts";
import { type JobData, type Message, readMessage } from "./message.ts";
import { bullmq } from "./peers.ts";
import { LONGEST_INLINE, Say } from "./said.ts";
import type { Seal } from "./seal.ts";

/** What is said of a worker, all of it. */
export interface WorkerSettings {
  readonly queue: string;
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly threads: number;
  readonly pool: Threadpool;
  readonly seal: Seal;
  readonly maxBytes: number;
  readonly lockMs: number;
  readonly stalledMs: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly unknownMs: number;
  readonly onError: (error: unknown) => void;
}

/** So many workers may be lost with one call; it may well be what ends them. */
const MOST_LOST = 5;
const CLOSING_MS = 2_000;
/** Of a lease: one that is late now and then ends nothing. */
const PULSES = 4;

/** A worker's connections: to its queue, to what callers say, and to their lanes. */
export class WorkerPlace implements RunnerPlace {
  readonly queue: string;
  readonly pool: Threadpool;
  readonly seal: Seal;
  readonly maxBytes: number;
  readonly unknownMs: number;
  readonly #settings: WorkerSettings;
  readonly #id = randomUUID();
  readonly #keys: Keys;
  readonly #runner: JobRunner;
  #commands: Redis | undefined;
  #control: StreamReader | undefined;
  #worker: Worker | undefined;
  #leases: Leases | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #isPulsing = false;
  #isClosed = false;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.queue = settings.queue;
    this.pool = settings.pool;
    this.seal = settings.seal;
    this.maxBytes = settings.maxBytes;
    this.unknownMs = settings.unknownMs;
    this.#keys = new Keys(settings.prefix, settings.queue);
    this.#runner = new JobRunner(this);
  }

  get statistics(): { readonly running: number; readonly completed: number } {
    return this.#runner.statistics;
  }

  /** Takes calls from now on. Whatever is said of one that it takes, it hears. */
  async open(): Promise<void> {
    const { connection, leaseMs, onError, pool, threads } = this.#settings;
    // The first calls are not to wait for them.
    pool.prewarm(threads).catch(onError);
    this.#commands = connect(connection, onError);
    this.#control = new StreamReader(
      connect(connection, onError),
      this.#keys.control,
      (entry) => this.#hear(entry),
      onError,
    );
    await this.#control.start();
    if (this.#isClosed) return;
    this.#leases = new Leases(leaseMs, performance.now());
    this.#pulse = setInterval(() => this.#beat(), leaseMs / PULSES);
    this.#worker = this.#take();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { drainMs, onError, pool } = this.#settings;
    const ending = this.#runner.end();
    const taking = this.#worker?.close().catch(onError);
    const drain =
      drainMs === Infinity
        ? undefined
        : setTimeout(() => this.#runner.stop("worker ends", () => true), drainMs);
    await ending;
    clearTimeout(drain);
    if (taking !== undefined) await within(CLOSING_MS, taking);
    clearInterval(this.#pulse);
    await this.#control?.close();
    if (this.#commands !== undefined) await disconnect(this.#commands);
    await pool.destroy();
  }

  async isCancelled(callId: string): Promise<boolean> {
    return (await this.#commands!.exists(this.#keys.cancelled(callId))) === 1;
  }

  async report(callId: string, { r }: Message, sealed: string, number: number): Promise<void> {
    const entry: Entry = { t: Say.progress, j: callId, d: sealed, b: String(number) };
    await publish(this.#commands!, this.#keys.reply(r), entry);
  }

  #take(): Worker {
    const { queue, prefix, threads, lockMs, stalledMs, onError } = this.#settings;
    const worker = new bullmq.Worker(queue, (job, token) => this.#run(job, token), {
      connection: this.#commands as never,
      prefix,
      concurrency: threads,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      maxStalledCount: MOST_LOST,
    });
    worker.on("error", onError);
    worker.on("completed", (job, result: unknown) => this.#reply(job, Say.returned, result));
    worker.on("failed", (job) =>
      this.#reply(job, Say.failed, (job?.data as JobData | undefined)?.e),
    );
    worker.on("lockRenewalFailed", (lost) =>
      this.#runner.stop("lock lost", (callId) => lost.includes(callId)),
    );
    return worker;
  }

  #run(job: Job, token: string | undefined): Promise<string> {
    const message = readMessage(job.data);
    if (message !== undefined) this.#leases!.meet(message.c, performance.now());
    return this.#runner.run(job, token);
  }

  /** Says what has become of a call, once that stands in its job. */
  #reply(job: Job | undefined, t: string, d: unknown): void {
    const message = readMessage(job?.data);
    if (message === undefined) return;
    const isInline = typeof d === "string" && d.length <= LONGEST_INLINE;
    const entry: Entry = { t, j: job!.id!, ...(isInline && { d }) };
    publish(this.#commands!, this.#keys.reply(message.r), entry).catch(this.#settings.onError);
  }

  #hear({ t, j, c, w }: Entry): void {
    const now = performance.now();
    if (t === Say.cancel && j !== undefined) this.#cancel(j);
    else if (t === Say.alive && c !== undefined) this.#leases?.hear(c, now);
    else if (t === Say.pulse && w === this.#id) {
      const gone = this.#leases?.pulse(now) ?? [];
      this.#runner.stop("caller gone", (_, message) => gone.includes(message.c));
    }
  }

  #cancel(callId: string): void {
    const running = this.#runner.cancel(callId);
    if (running === undefined) return;
    const lane = this.#keys.reply(running.message.r);
    publish(this.#commands!, lane, { t: Say.told, j: callId }).catch(this.#settings.onError);
  }

  #beat(): void {
    if (this.#isPulsing) return;
    this.#isPulsing = true;
    publish(this.#commands!, this.#keys.control, { t: Say.pulse, w: this.#id })
      .catch(this.#settings.onError)
      .finally(() => (this.#isPulsing = false));
  }
}
