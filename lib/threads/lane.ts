import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { NotTransferableError } from "../errors.ts";
import type { Call, Seat, Work } from "./call.ts";
import { decodeThrown, type EncodedThrown, encodeThrown } from "./codec/errors.ts";
import { explainCloneFailure } from "./codec/refusal.ts";
import { decodeValue, encodeValue } from "./codec/values.ts";
import type { Permit } from "../sync/permit.ts";
import { jobOf, refusalOf } from "./job-of.ts";
import { LaneMemory } from "./lane-memory.ts";
import type { Line } from "./line.ts";
import {
  ANSWER,
  type AnswerMessage,
  type Batch,
  CALLBACK,
  DECLINED,
  type Delivery,
  type FromWorker,
  HELLO,
  type HeldReply,
  HOLD,
  type Job,
  PROGRESS,
  RELEASE,
  RETURNED,
  THREW,
  UNLOADED,
} from "./protocol.ts";

/** What a lane tells whoever feeds it. */
export interface LaneKeeper {
  /** The worker's side has reported from the thread with this id. */
  opened(lane: Lane, threadId: number): void;
  /** A call has ended. */
  freed(lane: Lane): void;
  /** Its function waits for this thread, so another lane may work meanwhile. */
  lent(): void;
  /** The worker has not got the call's function. */
  unloaded(lane: Lane, call: Call, error: unknown): void;
  /** The worker has not begun the call, which was to take the result of the one before it. */
  declined(lane: Lane, call: Call): void;
  /** A part of the call on the main thread failed; the rest of it is to stop. */
  failed(call: Call, error: unknown): void;
}

/**
 * The main thread's side of a lane: one thread's undivided attention for a while. Calls go over the lane's own port; the
 * worker blocks on the shared memory until there is one.
 *
 * ```
 *   starting ──▶ open ──▶ releasing ──▶ gone      the thread goes back to the pool
 *       └──────────┴────────▶ ending ──▶ gone      the thread itself ends
 * ```
 */
export class Lane {
  phase: "starting" | "open" | "releasing" | "ending" | "gone" = "starting";
  /** Given to the worker and not yet answered, oldest first. Only the first one can be running. */
  readonly calls: Call[] = [];
  /** The line that it works for now. */
  line: Line | undefined;
  /** Whether its thread was up before the lane was opened. */
  readonly isWarm: boolean;
  /** Ids of the code that the thread has. */
  known: Set<string> = new Set();
  /** The iteration that has the thread to itself. */
  seat: Seat | undefined;
  /** The other end, for the worker. */
  readonly farPort: MessagePort;
  readonly #memory = new LaneMemory();
  readonly #port: MessagePort;
  readonly #keeper: LaneKeeper;
  /** Invariant: held while the lane works for a line, unless it waits for an answer from this thread. */
  #permit: Permit | undefined;
  /** Whether the permit is given away while a callback runs. */
  #isLent = false;
  /** Whether calls in its line wait for it to report. */
  #isAwaited = false;
  #sequence = 0;

  constructor(keeper: LaneKeeper, isWarm: boolean) {
    this.isWarm = isWarm;
    this.#keeper = keeper;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.farPort = port2;
    port1.on("message", (message: FromWorker) => this.#receive(message));
    port1.on("messageerror", (error) => this.#garbled(error));
    // What keeps the process alive is the thread pool below, as long as the lane is open.
    port1.unref();
  }

  get shared(): SharedArrayBuffer {
    return this.#memory.buffer;
  }

  /** Starts to work for a line. */
  occupy(line: Line, permit: Permit): void {
    this.line = line;
    this.#permit = permit;
  }

  /** Works for no line any more. */
  vacate(): void {
    this.#permit?.release();
    this.#permit = undefined;
    this.line = undefined;
  }

  /** Its thread must come up first; until then the line's calls wait for it, or for any other lane. */
  awaitedBy(line: Line): void {
    this.#isAwaited = true;
    line.starting += 1;
  }

  arrived(): void {
    if (this.#isAwaited) this.line!.starting -= 1;
    this.#isAwaited = false;
  }

  /** Whether its thread does nothing but hold something: a suspended iteration, or a function that waits for a callback. */
  get isParked(): boolean {
    return this.#isLent || (this.seat !== undefined && this.calls.length === 0);
  }

  /** Whether no call has it, nor will: it is not heard of any more if a call has left something behind in its thread. */
  get isUnneeded(): boolean {
    return this.calls.length === 0 && (this.phase === "releasing" || this.phase === "starting");
  }

  /** How many more calls the shared memory has slots for. */
  get room(): number {
    return this.#memory.room(this.#sequence);
  }

  give(call: Call): void {
    const job = this.#accept(call);
    const transfer = call.work.kind === "call" ? call.work.transfer : undefined;
    try {
      if (transfer === undefined) this.#port.postMessage(job);
      else this.#port.postMessage(job, transfer as never);
    } catch (error) {
      this.#refuse(call, error);
      return;
    }
    this.#memory.wake();
  }

  /** Gives several calls that transfer nothing in one message. */
  giveAll(calls: readonly Call[]): void {
    if (calls.length === 1) return this.give(calls[0]!);
    const jobs = calls.map((call) => this.#accept(call));
    try {
      this.#port.postMessage({ jobs } satisfies Delivery);
      this.#memory.wake();
    } catch {
      // One of them cannot be cloned: each on its own, to tell which.
      this.#sequence -= calls.length;
      this.calls.length -= calls.length;
      for (const { work } of calls) this.#forget(work);
      for (const call of calls) {
        if (call.pipe === undefined) this.give(call);
        else this.#keeper.declined(this, call);
      }
    }
  }

  /** Takes back a call that has not begun; false if it has. */
  withdraw(call: Call): boolean {
    if (!this.#memory.withdraw(call.sequence)) return false;
    this.calls.splice(this.calls.indexOf(call), 1);
    return true;
  }

  /** Tells a running function that its caller has cancelled it, should it ask. */
  flag(call: Call): void {
    this.#memory.flag(call.sequence);
  }

  /** Sees to it that nothing begins in its thread after a running call; false if that has ended, heard of or not. */
  doom(call: Call): boolean {
    return this.#memory.doom(call.sequence);
  }

  hasBegun(call: Call): boolean {
    return this.#memory.hasBegun(call.sequence);
  }

  /** Whether the function has asked at least once if it is cancelled. */
  hasAsked(call: Call): boolean {
    return this.#memory.hasAsked(call.sequence);
  }

  /** Gives the thread back. */
  release(): void {
    this.phase = "releasing";
    this.#port.postMessage([RELEASE] satisfies Delivery);
    this.#memory.wake();
  }

  /** The thread is gone or given back. Takes in what it had still sent. */
  close(): void {
    // What it takes in below frees no lane.
    this.phase = "ending";
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: FromWorker } | undefined;
      if (received === undefined) break;
      this.#receive(received.message);
    }
    this.phase = "gone";
    this.#port.close();
  }

  #accept(call: Call): Job {
    const sequence = ++this.#sequence;
    this.#memory.announce(sequence);
    call.sequence = sequence;
    this.calls.push(call);
    return jobOf(call, this.known);
  }

  /** Undoes `#accept` for the newest call, which cannot be sent. */
  #refuse(call: Call, error: unknown): void {
    this.#sequence -= 1;
    this.calls.pop();
    this.#forget(call.work);
    call.reject(refusalOf(call.work, error));
    this.#keeper.freed(this);
  }

  /** The code of a call may not have got to the thread. */
  #forget(work: Work): void {
    if (work.kind === "call") this.known.delete(work.program.code.id);
  }

  #receive(message: FromWorker): void {
    switch (message[0]) {
      case HELLO:
        return this.#keeper.opened(this, message[1]);
      case PROGRESS:
        return this.#progress(message[1], message[2]);
      case CALLBACK:
        return this.#callBack(message[1], message[2], message[3]);
      default:
        return this.#settle(message);
    }
  }

  #callOf(sequence: number): Call | undefined {
    return this.calls.find((call) => call.sequence === sequence);
  }

  #settle(
    message: Exclude<
      FromWorker,
      readonly [typeof HELLO | typeof PROGRESS | typeof CALLBACK, ...unknown[]]
    >,
  ): void {
    const [kind, sequence, value, milliseconds] = message;
    const call = this.#callOf(sequence);
    if (call === undefined) return;
    if (this.calls[0] === call) this.calls.shift();
    else this.calls.splice(this.calls.indexOf(call), 1);
    const { work } = call;
    if (kind === DECLINED) this.#keeper.declined(this, call);
    else if (kind === UNLOADED)
      this.#keeper.unloaded(this, call, decodeThrown(value as EncodedThrown));
    else if (work.kind === "call") work.program.learn(milliseconds, kind === THREW);
    if (leavesSeat(work, kind === RETURNED, value)) this.seat = undefined;
    try {
      if (kind === RETURNED) call.resolve(decodeValue(value));
      else if (kind === THREW)
        call.rejectThrown(decodeThrown(value as EncodedThrown, call.options.site?.stack));
    } catch (error) {
      call.reject(error);
    }
    this.#keeper.freed(this);
  }

  #progress(sequence: number, value: unknown): void {
    const call = this.#callOf(sequence);
    const links = call?.options.links;
    if (call === undefined || links?.onProgress === undefined || call.settled) return;
    try {
      const { onProgress, context } = links;
      context.runInAsyncScope(onProgress, undefined, decodeValue(value));
    } catch (error) {
      this.#keeper.failed(call, error);
    }
  }

  #callBack(sequence: number, index: number, args: unknown): void {
    const call = this.#callOf(sequence);
    const links = call?.options.links;
    const fn = links?.callbacks[index];
    if (call === undefined || fn === undefined) return;
    try {
      const result = links!.context.runInAsyncScope(
        fn,
        undefined,
        ...(decodeValue(args) as unknown[]),
      );
      if (isThenable(result)) call.answering = this.#answerLater(result);
      else this.#answer(true, result);
    } catch (error) {
      this.#answer(false, error);
    }
  }

  /** Lets the permit go while the worker waits: what the callback waits for may need it. Settles with the callback. */
  async #answerLater(result: PromiseLike<unknown>): Promise<void> {
    const line = this.line!;
    this.#permit?.release();
    this.#permit = undefined;
    this.#isLent = true;
    this.#keeper.lent();
    let outcome: readonly [succeeded: boolean, value: unknown];
    try {
      outcome = [true, await result];
    } catch (error) {
      outcome = [false, error];
    }
    if (this.phase === "open") void this.#resume(line, outcome);
  }

  async #resume(line: Line, outcome: readonly [boolean, unknown]): Promise<void> {
    const permit = await line.limiter.acquire();
    if (this.line !== line) return permit.release();
    this.#permit = permit;
    this.#isLent = false;
    this.#answer(...outcome);
  }

  #answer(succeeded: boolean, value: unknown): void {
    let answer: AnswerMessage;
    try {
      answer = [ANSWER, succeeded, succeeded ? encodeValue(value, "result") : encodeThrown(value)];
      this.#port.postMessage(answer);
    } catch (error) {
      const reason =
        error instanceof NotTransferableError ? error : explainCloneFailure(error, value, "result");
      this.#port.postMessage([ANSWER, false, encodeThrown(reason)] satisfies Delivery);
    }
    this.#memory.wake();
  }

  /** A message that cannot be read back here was a result: whose, follows from the order. */
  #garbled(cause: unknown): void {
    const call = this.calls[0];
    if (call === undefined) return;
    this.calls.shift();
    call.reject(
      new NotTransferableError("The result cannot be read on the main thread", ["result"], {
        cause,
      }),
    );
    this.#keeper.freed(this);
  }
}

/** Whether nothing is suspended in the thread any more after a reply. */
function leavesSeat(work: Work, hasReturned: boolean, value: unknown): boolean {
  const isAmongOthers = work.kind === "finish" || (work.kind === "call" && work.batch === HOLD);
  if (!hasReturned) return !isAmongOthers;
  if (work.kind === "call" && work.batch === 0) return false;
  return (value as Batch | HeldReply).done;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    typeof value === "object" &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
