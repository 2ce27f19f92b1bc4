import type { Job } from "bullmq";
import {
  deserializeValue,
  type CallContexts,
  type FunctionIdentity,
  identityNamed,
  runInContexts,
  serializeValue,
} from "../executor.ts";
import type { OnCancel, Threadpool } from "../index.ts";
import { runAnnounced } from "./channels.ts";
import { Failure } from "./failure.ts";
import {
  DEEPEST,
  isSealed,
  type JobData,
  type Message,
  readMessage,
  sealMessage,
} from "./message.ts";
import { bullmq } from "./peers.ts";
import { ProgressSender } from "./progress-sender.ts";
import { failureOf, RunningJob, type Stop } from "./running-call.ts";
import type { Seal } from "./seal.ts";
import { tooLarge } from "./too-large.ts";

/** How far apart the clocks of two machines may be. */
const SKEW_MS = 1_000;
/** How long a call is put back for a worker that knows its function: longer each time. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2_000;
/** How long it is remembered that a call was cancelled which has not come yet. */
const EARLY_MS = 60_000;
/** Those of a run come after all of the one before. */
const REPORTS_OF_ATTEMPT = 1e9;

/** What a runner needs of the worker that it is of. */
export interface RunnerPlace {
  readonly queue: string;
  readonly pool: Threadpool;
  readonly seal: Seal;
  readonly maxBytes: number;
  readonly unknownMs: number;
  /** Whether a call was cancelled, as it stands in Redis. */
  isCancelled(callId: string): Promise<boolean>;
  /** Sends reports to the caller, numbered upwards. */
  report(callId: string, message: Message, sealed: string, number: number): Promise<void>;
}

/** Runs jobs: judges whether they may run, runs them in the pool, and says what has become of them. */
export class JobRunner {
  readonly #place: RunnerPlace;
  readonly #running = new Map<string, RunningJob>();
  /** Cancellations that were heard of before their calls, and when. */
  readonly #early = new Map<string, number>();
  #onIdle: (() => void) | undefined;
  #isEnding = false;
  #completed = 0;

  constructor(place: RunnerPlace) {
    this.#place = place;
  }

  get statistics(): { readonly running: number; readonly completed: number } {
    return { running: this.#running.size, completed: this.#completed };
  }

  /** Gives what the job returns; throws what it fails with, or that it was put back. */
  async run(job: Job, token: string | undefined): Promise<string> {
    try {
      return await this.#run(job, token);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const e = this.#place.seal.close(["failed", job.id!], error.text);
      await job.updateData({ ...(job.data as JobData), e });
      throw new bullmq.UnrecoverableError(error.message);
    }
  }

  /** Stops a call that runs, or will. Gives the call if it runs. */
  cancel(callId: string): RunningJob | undefined {
    const running = this.#running.get(callId);
    if (running !== undefined) running.stop("cancelled");
    else this.#remember(callId);
    return running;
  }

  /** Stops the calls that are meant. */
  stop(why: Stop, isMeant: (callId: string, message: Message) => boolean): void {
    for (const [callId, running] of this.#running) {
      if (isMeant(callId, running.message)) running.stop(why);
    }
  }

  /** Puts back whatever comes from now on. Resolves when nothing runs. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  async #run(job: Job, token: string | undefined): Promise<string> {
    const callId = job.id!;
    const message = readMessage(job.data);
    if (message === undefined) throw new Failure("r", "The job is no call of skein's");
    // Given to this worker anew: what it has of the call was taken from it.
    this.#running.get(callId)?.stop("lock lost");
    const identity = identityNamed(message.f);
    const isRerun = job.attemptsStarted - message.k > 1;
    this.#refuse(callId, message, identity, isRerun);
    if (isRerun && (await this.#place.isCancelled(callId))) throw failureOf("cancelled");
    // BullMQ, too, knows one run of a job in a worker, and forgets the second when the first ends.
    if (this.#running.has(callId)) return await this.#putOff(job, token, message, FIRST_WAIT_MS);
    if (identity === undefined) return await this.#wait(job, token, message);
    const args = argumentsOf(message);
    const contexts = contextsOf(message);
    if (this.#isEnding) return await this.#putBack(job, token, message);
    if (this.#early.delete(callId)) throw failureOf("cancelled");
    const running = new RunningJob(message);
    this.#running.set(callId, running);
    try {
      return await runInContexts(contexts, () =>
        this.#perform(callId, running, identity, args, job.attemptsStarted),
      );
    } catch (error) {
      const stop = running.stoppedBy(error);
      if (stop === undefined) throw error instanceof Failure ? error : Failure.ofThrown(error);
      return await this.#stopped(job, token, message, stop);
    } finally {
      this.#running.delete(callId);
      this.#completed += 1;
      if (this.#running.size === 0) this.#onIdle?.();
    }
  }

  #refuse(
    callId: string,
    message: Message,
    identity: FunctionIdentity | undefined,
    isRerun: boolean,
  ): void {
    if (!isSealed(this.#place.seal, callId, message)) {
      throw new Failure("r", "The call was not made with the secret of this worker");
    }
    const bears = message.i && identity?.delivery !== "at-most-once";
    if (isRerun && !bears) {
      throw new Failure("l", `The worker that had the call of \`${message.f}\` is gone`);
    }
    if (message.d !== undefined && Date.now() > message.d + SKEW_MS) {
      throw new Failure("d", "The deadline passed while the call was in the queue");
    }
    if (message.n > DEEPEST) {
      throw new Failure(
        "r",
        `The call was made ${message.n} calls deep by functions that workers run`,
      );
    }
  }

  async #perform(
    callId: string,
    running: RunningJob,
    { name, hash, fn }: FunctionIdentity,
    args: unknown[],
    attempt: number,
  ): Promise<string> {
    const { queue, pool, seal, maxBytes } = this.#place;
    const { message } = running;
    const isOtherSource = hash !== message.h;
    let number = attempt * REPORTS_OF_ATTEMPT;
    const progress = new ProgressSender((texts) => {
      const sealed = seal.close(["progress", callId], texts);
      return this.#place.report(callId, message, sealed, (number += 1));
    });
    const isRerun = attempt - message.k > 1;
    const event = { queue, name, callId, traceparent: message.t, isOtherSource, isRerun };
    const result = await runAnnounced(event, () =>
      pool.run(fn as (...args: unknown[]) => unknown, args, {
        callId,
        name: isOtherSource ? `${name} (of another source)` : name,
        signal: running.signal,
        onCancel: modeOf(message.o),
        graceMs: message.g,
        timeoutMs: message.d === undefined ? undefined : backstop(message.d),
        onProgress: message.p ? (value) => progress.report(value) : undefined,
      }),
    );
    await progress.end();
    const bytes = serializeValue(result, "result");
    if (bytes.byteLength > maxBytes) throw tooLarge("result", bytes.byteLength, maxBytes);
    return seal.close(["returned", callId], Buffer.from(bytes).toString("base64"));
  }

  /** What becomes of a call that was stopped here. */
  async #stopped(
    job: Job,
    token: string | undefined,
    message: Message,
    stop: Stop,
  ): Promise<never> {
    // It is another worker's by now.
    if (stop === "lock lost") throw new bullmq.UnrecoverableError(failureOf(stop).message);
    if (stop === "worker ends" && message.i) {
      await job.moveToWait(token);
      throw new bullmq.WaitingError();
    }
    throw failureOf(stop);
  }

  /** Leaves a call that has not begun to another worker. */
  async #putBack(job: Job, token: string | undefined, message: Message): Promise<never> {
    await this.#countAsUnbegun(job, message);
    await job.moveToWait(token);
    throw new bullmq.WaitingError();
  }

  /** Leaves a call to another worker, for it may know the function. */
  async #wait(job: Job, token: string | undefined, message: Message): Promise<never> {
    const { queue, unknownMs } = this.#place;
    const { k, u = Date.now() } = message;
    const left = u + unknownMs - Date.now();
    if (left <= 0) {
      throw new Failure(
        "u",
        `No worker of the queue "${queue}" has a function named "${message.f}": import the module that declares it, before the worker serves`,
      );
    }
    const wait = Math.min(FIRST_WAIT_MS * 2 ** k, LONGEST_WAIT_MS, left);
    return await this.#putOff(job, token, { ...message, u }, wait);
  }

  async #putOff(job: Job, token: string | undefined, message: Message, ms: number): Promise<never> {
    await this.#countAsUnbegun(job, message);
    await job.moveToDelayed(Date.now() + ms, token);
    throw new bullmq.DelayedError();
  }

  /** A worker has had it, and it has not begun. */
  async #countAsUnbegun(job: Job, message: Message): Promise<void> {
    const { seal } = this.#place;
    await job.updateData(sealMessage(seal, job.id!, { ...message, k: message.k + 1 }));
  }

  #remember(callId: string): void {
    const now = performance.now();
    this.#early.set(callId, now);
    for (const [other, at] of this.#early) {
      if (now - at <= EARLY_MS) return;
      this.#early.delete(other);
    }
  }
}

function argumentsOf({ a }: Message): unknown[] {
  const args = valueOf(a, "args");
  if (Array.isArray(args)) return args as unknown[];
  throw new Failure("r", "The arguments of the call are no list");
}

function contextsOf({ x }: Message): CallContexts | undefined {
  if (x === undefined) return undefined;
  const contexts = valueOf(x, "contexts");
  if (typeof contexts === "object" && contexts !== null) return contexts as CallContexts;
  throw new Failure("r", "The contexts of the call are no record");
}

function valueOf(text: string, path: string): unknown {
  try {
    return deserializeValue(Buffer.from(text, "base64"), path);
  } catch (error) {
    throw new Failure("r", String(error));
  }
}

/** Here only the thread is stopped: whether anybody waits is the caller's business. */
function modeOf(onCancel: OnCancel): OnCancel {
  return onCancel === "cooperate" || onCancel === "abandon" ? "cooperate" : "kill";
}

/** The caller's clock decides; this is for one that is not there any more. */
function backstop(deadline: number): number {
  return Math.max(0, deadline + SKEW_MS - Date.now());
}
