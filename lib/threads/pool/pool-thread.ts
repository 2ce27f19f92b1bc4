import { setImmediate } from "node:timers";
import type { MessagePort } from "node:worker_threads";
import { ClosedError, NotTransferableError } from "../../errors.ts";
import { withinCall } from "../call-events.ts";
import { decodeThrown, type EncodedThrown, encodeThrown } from "../codec/errors.ts";
import { Cells, unpackOne } from "../codec/packed.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import { decodeValue, encodeValue } from "../codec/values.ts";
import type { ItemSink } from "../thread-iterator.ts";
import { CallWriter } from "./call-writer.ts";
import type { PreparedOptions, Work } from "./work.ts";
import { Mailbox } from "./mailbox.ts";
import type { Program } from "./program.ts";
import {
  ANSWER,
  CALLBACK,
  COUNT,
  END,
  FIRST_VALUE,
  type FromWorker,
  HELLO,
  ITEM,
  KIND,
  MAIL,
  MILLISECONDS,
  NOTICE,
  ON_PORT,
  OUTCOME,
  OUTPUT,
  PROGRESS,
  REPLY,
  RETURNED,
  ROOM,
  type StepReply,
  THREW,
  type ToWorker,
  UNLOADED,
  WAKE,
} from "./protocol.ts";
import type { ThreadReport } from "./pool-reports.ts";
import type { StartHost, ThreadHost } from "./thread-host.ts";
import { workerThreads } from "./worker-threads.ts";

/** How a thread has ended. */
export interface Ending {
  readonly exitCode: number;
  readonly error: unknown;
}

/** What a thread needs of a call. */
export interface ThreadCall {
  readonly work: Work;
  readonly options: PreparedOptions;
  /** Its number in the thread. */
  number: number;
  /** Whether its function, or its step, has run to an end. */
  hasReplied: boolean;
  readonly settled: boolean;
  readonly failure: { readonly error: unknown } | undefined;
  /** Gets what its step sends. */
  readonly sink: ItemSink | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  rejectThrown(error: unknown): void;
}

/** Who gives calls to a thread. */
export interface ThreadKeeper<C extends ThreadCall> {
  /** The worker is there and takes calls. */
  started(thread: PoolThread<C>): void;
  /** The thread has no call any more. Asked before anybody hears of the call's outcome. */
  freed(thread: PoolThread<C>, call: C): void;
  /** The worker has not got the call's function. */
  unloaded(thread: PoolThread<C>, call: C, error: unknown): void;
  /** A part of the call on the main thread failed; the rest of it is to stop. */
  failed(call: C, error: unknown): void;
  /** Runs the function that the worker of this call waits for, and answers. */
  callBack(
    thread: PoolThread<C>,
    call: C,
    fn: (...args: unknown[]) => unknown,
    args: unknown[],
  ): void;
  ended(thread: PoolThread<C>, ending: Ending): void;
}

/**
 * The main thread's side of a worker thread, from its start to its end. It has one call at a time.
 *
 * ```
 *   starting ──▶ up ──▶ ending ──▶ gone      asked to end, or terminated
 *       └────────┴───────────────▶ gone      ended by itself
 * ```
 */
export class PoolThread<C extends ThreadCall> {
  /** Its `threadId`. */
  readonly id: number;
  phase: "starting" | "up" | "ending" | "gone" = "starting";
  hasStarted = false;
  /** What is in the mailbox. Invariant: once the mailbox is idle, it has a reply to this. */
  call: C | undefined;
  /** How many sessions are suspended here. */
  sessions = 0;
  /** Whose sessions they are, and perhaps were. */
  readonly functions: Set<Program> = new Set();
  /** Those sessions, to hear of it if the thread ends. */
  readonly held: Set<{ lost(error: unknown): void }> = new Set();
  /** Steps that need no permit and wait for the thread. */
  readonly steps: C[] = [];
  /** Whether its function waits for an answer from this thread. */
  isLent = false;
  /** The round of the pool's idle timer in which it had its last call. */
  round = 0;
  /** When it was given its call; of a quick one, when that was found not to be over at once, and 0 before. */
  busySince = 0;
  /** How the system calls it, where that is known. */
  systemId: number | undefined;
  readonly mailbox: Mailbox;
  readonly #values: Cells;
  readonly #keeper: ThreadKeeper<C>;
  readonly #host: ThreadHost;
  readonly #port: MessagePort;
  readonly #writer: CallWriter;
  #reply: { readonly value: unknown } | undefined;
  #error: unknown;
  /** Messages on the side that have been dealt with in this turn of the event loop. */
  #heard = 0;
  /**
   * It is being ended from outside. Until that reaches it, it goes on, but Node runs no script in it, and functions go
   * wrong.
   */
  #isTerminated = false;

  constructor(keeper: ThreadKeeper<C>, startHost: StartHost) {
    this.#keeper = keeper;
    const host = (this.#host = startHost());
    this.id = host.id;
    host.listen({
      failed: (error) => (this.#error ??= error),
      exited: (code) => this.#exited(code),
    });
    this.mailbox = new Mailbox(host.shared);
    this.#values = new Cells(host.shared, FIRST_VALUE, ROOM);
    this.#port = host.port;
    this.#port.on("message", (message: FromWorker) => {
      if (message[0] === NOTICE) this.look();
      else this.#receive(message);
    });
    // A reply that cannot be read is missed when the mailbox tells of it.
    this.#port.on("messageerror", () => {});
    // What keeps the process alive is a pending call.
    this.#port.unref();
    this.#writer = new CallWriter(this.mailbox, this.#values, this.#port);
  }

  /** Whether it could take a call that needs the thread for itself. */
  get isFree(): boolean {
    return this.phase === "up" && this.call === undefined;
  }

  /**
   * Puts a call into the mailbox.
   *
   * @param isWatched - somebody looks for the reply
   * @param isEager - calls come so fast that it pays for the worker to look for the next one
   * @throws what cannot be cloned; then nothing has happened
   */
  give(call: C, isWatched: boolean, isEager: boolean): void {
    call.number = this.#writer.write(call.work, isEager);
    this.call = call;
    if (!isWatched) this.busySince = performance.now();
    this.#wake(isWatched);
  }

  #wake(isWatched: boolean): void {
    if (this.mailbox.post(isWatched)) this.#port.postMessage(WAKE);
  }

  /** Takes back a call that has not begun; false if it has. */
  withdraw(): boolean {
    if (!this.mailbox.withdraw()) return false;
    this.call = undefined;
    return true;
  }

  /** Sees whether the call has ended, and tells. What a thread says while it is being terminated does not count. */
  look(): boolean {
    const { call } = this;
    if (call === undefined || this.#isTerminated || !this.mailbox.isIdle) return false;
    // What was sent before the reply comes before it.
    this.#collect();
    // Somebody who was told of a part may have looked.
    if (this.call === call) this.#settle(call);
    return true;
  }

  get report(): ThreadReport {
    const { id, phase, call, isLent, sessions } = this;
    return {
      id,
      phase,
      ...(call === undefined ? {} : { call: this.#callReport(call) }),
      ...(isLent ? { awaitsCallback: true } : {}),
      ...(sessions === 0 ? {} : { sessions }),
    };
  }

  #callReport({ options: { name } }: C): { readonly name: string; readonly forMs: number } {
    const { busySince } = this;
    return { name, forMs: busySince === 0 ? 0 : Math.round(performance.now() - busySince) };
  }

  /** Has the thread end itself, which lets native add-ons clean up. It must be free. */
  end(): void {
    this.phase = "ending";
    this.mailbox.cells[KIND] = END;
    this.mailbox.cells[MAIL] = 0;
    this.#wake(true);
  }

  /** Ends the thread from outside, now. */
  terminate(): void {
    if (this.phase === "gone") return;
    this.phase = "ending";
    this.#isTerminated = true;
    this.#host.terminate();
  }

  /** The answer that the worker waits for. */
  answer(succeeded: boolean, value: unknown): void {
    if (this.phase === "gone") return;
    try {
      const encoded = succeeded ? encodeValue(value, "result") : encodeThrown(value);
      this.#port.postMessage([ANSWER, succeeded, encoded] satisfies ToWorker);
    } catch (error) {
      const reason =
        error instanceof NotTransferableError ? error : explainCloneFailure(error, value, "result");
      this.#port.postMessage([ANSWER, false, encodeThrown(reason)] satisfies ToWorker);
    }
    this.mailbox.answered();
  }

  #exited(exitCode: number): void {
    this.phase = "ending";
    this.#collect();
    this.phase = "gone";
    this.#port.close();
    this.look();
    this.#keeper.ended(this, { exitCode, error: this.#error });
  }

  #collect(): void {
    for (;;) {
      let received: { message: FromWorker } | undefined;
      try {
        received = workerThreads().receiveMessageOnPort(this.#port) as typeof received;
      } catch {
        // One that cannot be read here. If it was a reply, that is missed.
        continue;
      }
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #receive(message: FromWorker): void {
    switch (message[0]) {
      case HELLO:
        this.systemId = message[1];
        // One that has ended by now is none that was ever there for a call.
        if (this.phase !== "starting") return;
        this.hasStarted = true;
        this.phase = "up";
        return this.#keeper.started(this);
      case NOTICE:
        return;
      case REPLY:
        if (message[1] === this.call?.number) this.#reply = { value: message[2] };
        return;
      case ITEM:
        return this.#item(message[1], message[2]);
      case PROGRESS:
        this.#hear();
        return this.#progress(message[1], message[2]);
      case OUTPUT:
        this.#hear();
        return void process[message[1]].write(message[2]);
      case CALLBACK:
        return this.#callBack(message[1], message[2], message[3]);
    }
  }

  #settle(call: C): void {
    const { cells, doubles } = this.mailbox;
    const outcome = cells[OUTCOME]!;
    const reply = cells[COUNT] === ON_PORT ? this.#reply : { value: unpackOne(this.#values) };
    call.hasReplied = true;
    this.call = undefined;
    this.#reply = undefined;
    this.#writer.arrived();
    const { work } = call;
    if (work.kind === "run") work.program.learn(doubles[MILLISECONDS]!, outcome === THREW);
    else
      this.#count(work, outcome === RETURNED ? (reply?.value as StepReply | undefined) : undefined);
    if (reply === undefined) {
      this.#keeper.freed(this, call);
      return call.reject(
        new NotTransferableError("The result cannot be read on the main thread", ["result"]),
      );
    }
    const { value } = reply;
    if (outcome === UNLOADED) {
      if (work.kind !== "resume") this.#writer.forget(work.program);
      return this.#keeper.unloaded(this, call, decodeThrown(value as EncodedThrown));
    }
    this.#keeper.freed(this, call);
    try {
      if (outcome === RETURNED) call.resolve(work.kind === "run" ? decodeValue(value) : value);
      else call.rejectThrown(decodeThrown(value as EncodedThrown, call.options.site?.stack));
    } catch (error) {
      call.reject(error);
    }
  }

  /** Keeps count of what is suspended. */
  #count(work: Work, reply: StepReply | undefined): void {
    const isSuspended = reply?.done === false;
    if (work.kind === "begin" && isSuspended) {
      this.sessions += 1;
      this.functions.add(work.program);
    } else if (work.kind === "resume" && !isSuspended) {
      this.sessions -= 1;
      if (this.sessions === 0) this.functions.clear();
    }
  }

  #item(number: number, item: unknown): void {
    if (this.call?.number === number) this.call.sink?.(decodeValue(item));
  }

  /** Lets the worker send more, but not before the event loop has turned: a fast one would keep it from that. */
  #hear(): void {
    if (this.#heard++ > 0) return;
    setImmediate(() => {
      const heard = this.#heard;
      this.#heard = 0;
      this.mailbox.heard(heard);
    });
  }

  #progress(number: number, value: unknown): void {
    const { call } = this;
    const links = call?.options.links;
    if (call?.number !== number || links?.onProgress === undefined || call.settled) return;
    // Once it has thrown, it is told no more.
    if (call.failure !== undefined) return;
    try {
      const { onProgress, context } = links;
      withinCall(call, () => onProgress(decodeValue(value)), context);
    } catch (error) {
      this.#keeper.failed(call, error);
    }
  }

  #callBack(number: number, index: number, args: unknown): void {
    const { call } = this;
    const fn = call?.settled === false ? call.options.links?.callbacks[index] : undefined;
    if (call?.number !== number || fn === undefined) {
      this.answer(
        false,
        new ClosedError("The caller waits no more, so its callback is not called"),
      );
      return;
    }
    this.#keeper.callBack(this, call, fn, decodeValue(args) as unknown[]);
  }
}
