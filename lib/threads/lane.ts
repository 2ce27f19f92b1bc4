import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { NotTransferableError } from "../errors.ts";
import type { Call, Seat } from "./call.ts";
import { decodeThrown, type EncodedThrown, encodeThrown } from "./codec/errors.ts";
import { decodeValue, encodeValue } from "./codec/values.ts";
import type { Permit } from "../sync/permit.ts";
import type { Line } from "./line.ts";
import {
  ANSWER,
  type AnswerMessage,
  CALL,
  CALLBACK,
  CANCELLED,
  CHECKED,
  type Batch,
  type Delivery,
  type FromWorker,
  HELLO,
  type Job,
  NEXT,
  PROGRESS,
  RELEASE,
  RETURNED,
  SHARED_BYTES,
  SIGNAL,
  SLOTS,
  STARTED,
  STOP,
  TAKEN,
  THREW,
  UNLOADED,
  WAITING,
  WITHDRAWN,
  slotOf,
} from "./protocol.ts";

/** What a lane tells whoever feeds it. */
export interface LaneKeeper {
  /** The worker's side has reported from the thread with this id. */
  opened(lane: Lane, threadId: number): void;
  /** A call has ended. */
  freed(lane: Lane): void;
  /** The worker has not got the call's function. */
  unloaded(lane: Lane, call: Call, error: unknown): void;
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
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(SHARED_BYTES);
  /** The other end, for the worker. */
  readonly farPort: MessagePort;
  readonly #cells = new Int32Array(this.shared);
  readonly #port: MessagePort;
  readonly #keeper: LaneKeeper;
  /** Invariant: held while the lane works for a line, unless it waits for an answer from this thread. */
  #permit: Permit | undefined;
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

  /** How many more calls the shared memory has slots for. */
  get room(): number {
    return SLOTS - 1 - (this.#sequence - Atomics.load(this.#cells, TAKEN));
  }

  give(call: Call): void {
    const job = this.#accept(call);
    const transfer = call.work.kind === "call" ? call.work.transfer : undefined;
    try {
      this.#port.postMessage(job, transfer as never);
    } catch (error) {
      this.#refuse(call, error);
      return;
    }
    this.#wake();
  }

  /** Gives several calls that transfer nothing in one message. */
  giveAll(calls: readonly Call[]): void {
    if (calls.length === 1) return this.give(calls[0]!);
    const jobs = calls.map((call) => this.#accept(call));
    try {
      this.#port.postMessage({ jobs } satisfies Delivery);
      this.#wake();
    } catch {
      // One of them cannot be cloned: each on its own, to tell which.
      this.#sequence -= calls.length;
      this.calls.length -= calls.length;
      for (const call of calls) this.give(call);
    }
  }

  /** Takes back a call that has not begun; false if it has. */
  withdraw(call: Call): boolean {
    const slot = slotOf(call.sequence);
    if (Atomics.compareExchange(this.#cells, slot, WAITING, WITHDRAWN) !== WAITING) return false;
    this.calls.splice(this.calls.indexOf(call), 1);
    return true;
  }

  /** Tells a running function that its caller has cancelled it, should it ask. */
  flag(call: Call): void {
    Atomics.compareExchange(this.#cells, slotOf(call.sequence), STARTED, CANCELLED);
  }

  hasBegun(call: Call): boolean {
    return Atomics.load(this.#cells, slotOf(call.sequence)) !== WAITING;
  }

  /** Whether the function has asked at least once if it is cancelled. */
  hasAsked(call: Call): boolean {
    return Atomics.load(this.#cells, CHECKED) === call.sequence;
  }

  /** Gives the thread back. */
  release(): void {
    this.phase = "releasing";
    this.#port.postMessage([RELEASE] satisfies Delivery);
    this.#wake();
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
    Atomics.store(this.#cells, slotOf(sequence), WAITING);
    call.sequence = sequence;
    this.calls.push(call);
    return this.#jobOf(call, sequence);
  }

  #jobOf(call: Call, sequence: number): Job {
    const { work } = call;
    switch (work.kind) {
      case "call": {
        const { code } = work.program;
        const isKnown = this.known.has(code.id);
        if (!isKnown) this.known.add(code.id);
        return [
          CALL,
          sequence,
          code.id,
          isKnown ? undefined : code,
          work.values,
          work.args,
          work.batch,
        ];
      }
      case "next":
        return [NEXT, sequence, work.batch];
      case "stop":
        return [STOP, sequence];
    }
  }

  /** Undoes `#accept` for the newest call, which cannot be sent. */
  #refuse(call: Call, error: unknown): void {
    this.#sequence -= 1;
    this.calls.pop();
    if (call.work.kind === "call") this.known.delete(call.work.program.code.id);
    const message = `The arguments cannot be sent to a thread: ${String(error)}`;
    call.reject(new NotTransferableError(message, ["arguments"], { cause: error }));
    this.#keeper.freed(this);
  }

  #wake(): void {
    Atomics.add(this.#cells, SIGNAL, 1);
    Atomics.notify(this.#cells, SIGNAL);
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
    this.calls.splice(this.calls.indexOf(call), 1);
    const { work } = call;
    if (kind === UNLOADED) this.#keeper.unloaded(this, call, decodeThrown(value as EncodedThrown));
    else if (work.kind === "call") work.program.learn(milliseconds);
    if (kind !== RETURNED || isLastBatch(call, value)) this.seat = undefined;
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
    const { context } = links!;
    call.answering = this.#answer(() =>
      context.runInAsyncScope(fn, undefined, ...(decodeValue(args) as unknown[])),
    );
  }

  /** Runs a callback, and lets the permit go meanwhile if that takes: else what it waits for might need the permit. */
  async #answer(run: () => unknown): Promise<void> {
    let answer: AnswerMessage;
    try {
      const result = run();
      answer = [
        ANSWER,
        true,
        encodeValue(isThenable(result) ? await this.#lent(result) : result, "result"),
      ];
    } catch (error) {
      answer = [ANSWER, false, encodeThrown(error)];
    }
    if (this.phase !== "open") return;
    this.#port.postMessage(answer);
    this.#wake();
  }

  async #lent(result: PromiseLike<unknown>): Promise<unknown> {
    const line = this.line!;
    this.#permit?.release();
    this.#permit = undefined;
    try {
      return await result;
    } finally {
      const permit = await line.limiter.acquire();
      if (this.line === line) this.#permit = permit;
      else permit.release();
    }
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

function isLastBatch(call: Call, value: unknown): boolean {
  const { work } = call;
  if (work.kind === "call" && work.batch === 0) return false;
  return (value as Batch).done;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    typeof value === "object" &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
