// The host's: other machines take real time, also where a test lets time jump.
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { type CallKeeper, type ExecutorCall, serializeValue } from "../executor.ts";
import {
  type CapacityLimiter,
  ClosedError,
  DeadlockError,
  type ExecutorStatistics,
  type Permit,
  ShipError,
} from "../index.ts";
import { callId as currentCallId } from "../worker.ts";
import { announceError, announceUnanswered } from "./channels.ts";
import { type RedisConnection, within } from "./connection.ts";
import { RemoteLostError } from "./errors.ts";
import { type BullMQCallOptions, CALL_OPTIONS } from "./executor-options.ts";
import { callIdOf, DEEPEST, depthWithin, type Message, sealMessage } from "./message.ts";
import { QueueLine } from "./queue-line.ts";
import type { RemoteCall } from "./remote-call.ts";
import { ReplyDesk } from "./reply-desk.ts";
import { Say } from "./said.ts";
import { Seal } from "./seal.ts";
import { tooLarge } from "./too-large.ts";

/** What is said of a caller, all of it. */
export interface CallerSettings {
  readonly id: string;
  readonly queue: string;
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly limiter: CapacityLimiter;
  readonly maxBytes: number;
  readonly ackMs: number;
  readonly sweepMs: number;
  readonly leaseMs: number;
  readonly replyLanes: number;
  readonly secret: string | undefined;
  readonly traceparent: (() => string | undefined) | undefined;
}

type Call = ExecutorCall<BullMQCallOptions>;

/** Of a lease: one that is late now and then ends nothing. */
const BEATS = 4;

/** The caller's side: sends calls, sees to their cancellation, and asks after those that nothing is heard of. */
export class Caller implements CallKeeper<BullMQCallOptions> {
  readonly callOptions: typeof CALL_OPTIONS = CALL_OPTIONS;
  readonly #settings: CallerSettings;
  readonly #seal: Seal;
  readonly #lane: number;
  readonly #calls = new Map<string, RemoteCall>();
  readonly #byCall = new WeakMap<Call, RemoteCall>();
  /** Cancellations that are being seen to, also of calls that have settled. */
  readonly #retractions = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;
  #line: QueueLine | undefined;
  #desk: ReplyDesk | undefined;
  #number = 0;
  #completed = 0;
  #waiting = 0;
  #timers: NodeJS.Timeout[] = [];
  #beatAt = -Infinity;
  #onIdle: (() => void) | undefined;
  #isClosed = false;
  /** Nobody waits for functions that run any more. */
  #isLeaving = false;

  constructor(settings: CallerSettings) {
    this.#settings = settings;
    this.#seal = new Seal(settings.secret, settings.queue);
    this.#lane = Number.parseInt(settings.id.slice(0, 8), 16) % settings.replyLanes;
    this.#onError = announceError(settings.queue);
  }

  get statistics(): ExecutorStatistics {
    const running = this.#calls.size - this.#waiting;
    return { running, queued: this.#waiting, completed: this.#completed };
  }

  start(call: Call): void {
    if (this.#isClosed) throw new ClosedError("The executor is closed: it takes no more calls");
    const remote = this.#remoteOf(call);
    this.#calls.set(remote.callId, remote);
    this.#byCall.set(call, remote);
    this.#waiting += 1;
    if (this.#calls.size === 1) this.#wake();
    const limiter = call.options.limiter ?? this.#settings.limiter;
    const permit = limiter.tryAcquire();
    if (permit !== undefined) return this.#send(remote, permit);
    limiter.acquire(call.scope).then(
      (granted) => (call.settled ? granted.release() : this.#send(remote, granted)),
      // The call hears of it by itself.
      () => {},
    );
  }

  cancel(call: Call, reason: unknown, isShielded: boolean): void {
    const remote = this.#byCall.get(call);
    if (remote === undefined || remote.phase === "waiting") return call.reject(reason);
    if (!isShielded) {
      remote.reason ??= { value: reason };
      if (call.onCancel === "abandon") call.reject(reason);
      else this.#watch(remote);
    }
    const retraction = this.#retract(remote, reason, isShielded).catch(this.#onError);
    this.#retractions.add(retraction);
    void retraction.then(() => this.#retractions.delete(retraction));
  }

  settled(call: Call): void {
    const remote = this.#byCall.get(call);
    if (remote === undefined) return;
    this.#calls.delete(remote.callId);
    if (remote.phase === "waiting") this.#waiting -= 1;
    this.#completed += 1;
    clearTimeout(remote.watch);
    remote.permit?.release();
    if (this.#calls.size > 0) return;
    this.#sleep();
    this.#onIdle?.();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await within(this.#settings.ackMs, Promise.all(this.#retractions));
    await this.#line?.close();
  }

  /** Cancels all calls. Those that run have until their worker has heard of it. */
  abort(reason: unknown): void {
    this.#isClosed = true;
    this.#isLeaving = true;
    for (const { call } of this.#calls.values()) this.cancel(call, reason, false);
  }

  #remoteOf(call: Call): RemoteCall {
    const { id, maxBytes, traceparent } = this.#settings;
    const { identity, name, options, contexts } = call;
    if (identity === undefined) {
      const message =
        `\`${name}\` cannot be called on another machine, for it has no name there: declare it in a module that the workers ` +
        `import, \`threaded(import.meta, fn, { name })\``;
      throw new ShipError(message, [name]);
    }
    const depth = depthWithin(currentCallId());
    if (depth > DEEPEST) {
      const message = `\`${name}\` is called ${depth} calls deep by functions that workers run: such calls can take all places of the workers that they wait for. Call it from the program instead`;
      throw new DeadlockError(message);
    }
    const sent = (value: unknown, path: string): string => {
      const bytes = serializeValue(value, path);
      if (bytes.byteLength > maxBytes) throw tooLarge(path, bytes.byteLength, maxBytes);
      return Buffer.from(bytes).toString("base64");
    };
    const a = sent(call.args, "args");
    const callId = callIdOf(id, this.#number++, depth);
    const parent = traceparent?.();
    const message: Message = {
      v: 1,
      f: identity.name,
      h: identity.hash,
      a,
      o: call.onCancel,
      ...(options.graceMs !== undefined && options.graceMs !== Infinity && { g: options.graceMs }),
      p: options.onProgress !== undefined,
      i: identity.delivery === "at-least-once",
      c: id,
      r: this.#lane,
      n: depth,
      ...(typeof parent === "string" && { t: parent }),
      ...(contexts !== undefined && { x: sent(contexts, "contexts") }),
      k: 0,
    };
    return {
      call,
      callId,
      message,
      phase: "waiting",
      added: undefined,
      permit: undefined,
      askedAt: 0,
      isAskedAfter: false,
      isMissed: false,
      reported: 0,
      reason: undefined,
      watch: undefined,
    };
  }

  #send(remote: RemoteCall, permit: Permit): void {
    const { call, callId, message } = remote;
    this.#waiting -= 1;
    remote.permit = permit;
    remote.phase = "adding";
    const left = call.deadline - performance.now();
    const dated = left === Infinity ? message : { ...message, d: Math.ceil(Date.now() + left) };
    const sealed = sealMessage(this.#seal, callId, dated);
    remote.added = this.#open().add(call.name, sealed, callId, call.options.priority);
    remote.added.then(
      () => {
        remote.phase = "added";
        remote.askedAt = performance.now();
      },
      (error: unknown) => this.#notAdded(remote, error),
    );
  }

  #notAdded({ call, callId, reason }: RemoteCall, error: unknown): void {
    if (reason !== undefined) return call.reject(reason.value);
    // What Redis itself says no to has not been done; of all else that is not known.
    const started = error instanceof Error && error.name === "ReplyError" ? false : undefined;
    const message = `The call of \`${call.name}\` could not be added to the queue: ${String(error)}`;
    call.reject(new RemoteLostError(message, callId, started, { cause: error }));
  }

  /** Takes a job back or, if a worker has it, tells that. */
  async #retract(remote: RemoteCall, reason: unknown, isShielded: boolean): Promise<void> {
    const { call, callId } = remote;
    const line = this.#open();
    try {
      await remote.added;
    } catch {
      return;
    }
    // To be removed says nothing of a job: one that is over is, too.
    if ((await line.stateOf(callId)) === "over") return await this.#desk!.fetch(remote);
    if (await line.remove(callId)) return call.reject(reason);
    if (!isShielded) await line.cancel(callId);
  }

  /** Settles a cancelled call if nobody says what has become of it. */
  #watch(remote: RemoteCall): void {
    const { call, callId, reason } = remote;
    clearTimeout(remote.watch);
    remote.watch = setTimeout(() => {
      announceUnanswered({ queue: this.#settings.queue, name: call.name, callId });
      call.reject(reason?.value);
    }, this.#settings.ackMs);
  }

  /**
   * A worker has heard that the call is cancelled, and has it still. It is asked again, for it may be gone soon after.
   */
  #told(remote: RemoteCall): void {
    const { call, reason } = remote;
    if (reason === undefined) return;
    if (this.#isLeaving) return call.reject(reason.value);
    clearTimeout(remote.watch);
    remote.watch = setTimeout(() => {
      this.#open().cancel(remote.callId).catch(this.#onError);
      this.#watch(remote);
    }, this.#settings.ackMs / 2);
  }

  #open(): QueueLine {
    if (this.#line !== undefined) return this.#line;
    this.#line = new QueueLine(
      this.#settings,
      this.#lane,
      (entry) => {
        const remote = this.#calls.get(entry["j"] ?? "");
        if (remote === undefined) return;
        remote.askedAt = performance.now();
        if (entry["t"] === Say.told) this.#told(remote);
        else this.#desk!.hear(remote, entry);
      },
      this.#onError,
    );
    this.#desk = new ReplyDesk(this.#seal, this.#line);
    return this.#line;
  }

  #wake(): void {
    const { sweepMs, leaseMs } = this.#settings;
    const everyMs = leaseMs / BEATS;
    const beat = (): void => {
      this.#beatAt = performance.now();
      this.#open().beat();
    };
    // Calls one after the other wake it each time.
    if (performance.now() - this.#beatAt >= everyMs) beat();
    this.#timers = [setInterval(beat, everyMs), setInterval(() => this.#sweep(), sweepMs)];
  }

  #sleep(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** What is said may be lost; the jobs are what counts. */
  #sweep(): void {
    const before = performance.now() - this.#settings.sweepMs;
    for (const remote of this.#calls.values()) {
      if (remote.phase !== "added" || remote.isAskedAfter || remote.askedAt > before) continue;
      void this.#askAfter(remote);
    }
  }

  async #askAfter(remote: RemoteCall): Promise<void> {
    remote.isAskedAfter = true;
    try {
      const state = await this.#open().stateOf(remote.callId);
      remote.askedAt = performance.now();
      if (remote.call.settled) return;
      if (state === "over") await this.#desk!.fetch(remote);
      // Its reply may have come after the question.
      else if (state === "missing" && remote.isMissed) this.#desk!.lose(remote);
      remote.isMissed = state === "missing";
    } catch (error) {
      this.#onError(error);
    } finally {
      remote.isAskedAfter = false;
    }
  }
}
