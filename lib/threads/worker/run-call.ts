import { isThenable } from "../../scope/is-thenable.ts";
import { NotTransferableError } from "../../errors.ts";
import { encodeThrown } from "../codec/errors.ts";
import { pack, unpack } from "../codec/packed.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import { decodeValue, encodeValue } from "../codec/values.ts";
import { type CurrentCall, enterWorker } from "../current-call.ts";
import {
  BEGIN,
  CALLBACK,
  type CallbackMark,
  COUNT,
  EAGER,
  FUNCTION,
  ITEM,
  KIND,
  MILLISECONDS,
  NUMBER,
  ON_PORT,
  OUTCOME,
  PROGRESS,
  REPLY,
  RESUME,
  RETURNED,
  SESSION,
  STEP,
  type StepReply,
  THREW,
  UNLOADED,
} from "../pool/protocol.ts";
import type { Together } from "../closure/captured-values.ts";
import type { DecodeCaptured } from "../closure/program.ts";
import { type Entered, within } from "../call-context.ts";
import { type Asker, blockingCallback } from "./blocking-callback.ts";
import * as contexts from "./contexts.ts";
import { encodeResult } from "./encode-result.ts";
import type { ThreadFunction } from "./functions.ts";
import * as leftovers from "./leftovers.ts";
import { Sessions, type StepCaller } from "./sessions.ts";
import type { WorkerThread } from "./worker-thread.ts";

/** Of calls that come fast, one in so many is timed. */
const SAMPLED = 8;

const worker = enterWorker();
const sessions = new Sessions();

leftovers.spareWhile(() => sessions.size > 0);
/** Whether a function in this thread has let the event loop turn. */
let takesTurns = false;

let identification: string | undefined;

/** What no other thread is called, anywhere. */
function thisThread(): string {
  return (identification ??= process.getBuiltinModule("node:crypto").randomUUID());
}

/** Runs the call that is in the mailbox, and replies. */
export function runCall(thread: WorkerThread): Promise<unknown> | undefined {
  const { cells } = thread.mailbox;
  const running = new RunningCall(thread, cells[NUMBER]!, cells[KIND]!);
  if (cells[KIND] === RESUME) {
    void running.run(() => running.resume());
    return leftovers.end();
  }
  const fn = thread.functions.get(cells[FUNCTION]!)!;
  if (!fn.isLoaded || fn.takesTurns !== false || !running.hasItsContexts) {
    return takeTurns(running, fn);
  }
  return running.run(() => running.call(fn));
}

/** A call that may let the event loop turn while it runs. */
async function takeTurns(running: RunningCall, fn: ThreadFunction): Promise<void> {
  await leftovers.begin(running, async () => {
    if (!fn.isLoaded) {
      try {
        await fn.load();
      } catch (error) {
        running.replyThrown(error, UNLOADED);
        return;
      }
    }
    try {
      await running.loadContexts();
    } catch (error) {
      running.replyThrown(error, THREW);
      return;
    }
    const pending = running.run(() => running.call(fn));
    fn.takesTurns = pending !== undefined;
    takesTurns ||= fn.takesTurns;
    await pending;
  });
  if (!takesTurns) leftovers.forget();
  await leftovers.end();
}

/** One call, or one step of a session, as it runs: what `checkCancelled`, `progress` and callbacks reach. */
class RunningCall implements CurrentCall, StepCaller, Asker {
  readonly #thread: WorkerThread;
  readonly #number: number;
  readonly #kind: number;
  readonly #session: number;
  readonly #step: number;
  /** What it is called within. */
  #contexts: readonly Entered[] | undefined;
  /** When its function began; not known of every call, if they come fast. */
  #began = NaN;

  constructor(thread: WorkerThread, number: number, kind: number) {
    const { cells } = thread.mailbox;
    this.#thread = thread;
    this.#number = number;
    this.#kind = kind;
    this.#session = kind === RESUME ? cells[SESSION]! : number;
    this.#step = cells[STEP]!;
  }

  run(perform: () => unknown): Promise<void> | undefined {
    const { cells } = this.#thread.mailbox;
    if (cells[EAGER] === 0 || this.#number % SAMPLED === 0) this.#began = performance.now();
    worker.current = this;
    try {
      const result = perform();
      if (isThenable(result)) return this.#settle(result);
      this.#reply(result);
    } catch (thrown) {
      this.replyThrown(thrown, THREW);
    }
    worker.current = undefined;
    return undefined;
  }

  async #settle(result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#reply(await result);
    } catch (thrown) {
      this.replyThrown(thrown, THREW);
    } finally {
      worker.current = undefined;
    }
  }

  /** Whether what enters its contexts is there. */
  get hasItsContexts(): boolean {
    const { body, functions } = this.#thread;
    return body.contexts === undefined || contexts.areLoaded(body.contexts, functions);
  }

  async loadContexts(): Promise<void> {
    const { body, functions } = this.#thread;
    if (body.contexts !== undefined) await contexts.load(body.contexts, functions);
  }

  call(loaded: ThreadFunction): unknown {
    const { body, functions } = this.#thread;
    if (body.contexts === undefined) return this.#call(loaded);
    this.#contexts = contexts.received(body.contexts, functions);
    return within(this.#contexts, () => this.#call(loaded));
  }

  #call(loaded: ThreadFunction): unknown {
    const thread = this.#thread;
    const { body } = thread;
    if (body.isTogether) return this.#callTogether(loaded, body.args);
    const fn = loaded.instantiate(body.values);
    const count = thread.mailbox.cells[COUNT]!;
    if (count !== ON_PORT) return fn(...unpack(count, thread.cells));
    if (body.args === undefined) {
      throw new NotTransferableError("The arguments cannot be read in the worker thread", ["args"]);
    }
    const onSpecial = (mark: object): unknown => blockingCallback(this, mark as CallbackMark);
    return fn(...(decodeValue(body.args, { onSpecial }) as unknown[]));
  }

  /** Arguments and captured values have come in one piece. */
  #callTogether(loaded: ThreadFunction, encoded: unknown): unknown {
    let args: readonly unknown[] = [];
    const decode: DecodeCaptured = (hooks) => {
      const both = decodeValue(encoded, {
        onSpecial: (special) =>
          isCallback(special) ? blockingCallback(this, special) : hooks.onSpecial?.(special),
        isLate: (special) => !isCallback(special) && hooks.isLate?.(special) === true,
        onRest: (root) => hooks.onRest?.((root as Together).values),
      }) as Together;
      ({ args } = both);
      return both.values;
    };
    const fn = loaded.instantiate(decode);
    return fn(...args);
  }

  resume(): StepReply {
    return sessions.resume(this.#session, this.#step, this.#thread.body.values, this);
  }

  #reply(result: unknown): void {
    const transfer: unknown[] = [];
    if (this.#kind === BEGIN) {
      const steps =
        this.#contexts === undefined ? result : contexts.steppingWithin(this.#contexts, result);
      const reply = sessions.begin(this.#number, steps, this.#step, this, transfer);
      this.#send(reply, transfer);
    } else if (this.#kind === RESUME) {
      this.#send(result, transfer);
    } else {
      const { cells, mailbox } = this.#thread;
      if (pack([result], cells) >= 0) mailbox.cells[COUNT] = 1;
      else this.#send(encodeResult(result, transfer), transfer);
    }
    this.#end(RETURNED);
  }

  #send(value: unknown, transfer: readonly unknown[]): void {
    try {
      this.#thread.outlet.post([REPLY, this.#number, value], transfer);
    } catch (error) {
      if (this.#kind === BEGIN) sessions.drop(this.#number);
      throw explainCloneFailure(error, value, "result");
    }
    this.#thread.mailbox.cells[COUNT] = ON_PORT;
  }

  replyThrown(thrown: unknown, outcome: typeof THREW | typeof UNLOADED): void {
    this.#thread.outlet.post([REPLY, this.#number, encodeThrown(thrown)]);
    this.#thread.mailbox.cells[COUNT] = ON_PORT;
    this.#end(outcome);
  }

  #end(outcome: number): void {
    const { mailbox } = this.#thread;
    // Reading the clock costs as much as half of a quick call.
    const { cells } = mailbox;
    mailbox.doubles[MILLISECONDS] = Number.isNaN(this.#began)
      ? NaN
      : this.#thread.note(this.#began);
    cells[OUTCOME] = outcome;
    this.#thread.reply();
  }

  get callId(): string {
    return this.#thread.body.callId ?? `${thisThread()}-${this.#session}`;
  }

  get isCancelled(): boolean {
    return this.#thread.mailbox.isCancelled;
  }

  asksIfCancelled(): boolean {
    const { mailbox } = this.#thread;
    mailbox.noteAsking();
    return mailbox.isCancelled;
  }

  progress(value: unknown): void {
    this.#thread.outlet.postAside([PROGRESS, this.#number, encodeValue(value, "progress")]);
  }

  item(item: unknown, transfer: readonly unknown[]): void {
    try {
      this.#thread.outlet.post([ITEM, this.#number, item], transfer);
    } catch (error) {
      throw explainCloneFailure(error, item, "result");
    }
  }

  get operation(): number | undefined {
    return worker.current instanceof RunningCall ? worker.current.#session : undefined;
  }

  ask(callback: number, args: unknown): { readonly succeeded: boolean; readonly value: unknown } {
    const number = this.#thread.mailbox.cells[NUMBER]!;
    return this.#thread.awaitAnswer([CALLBACK, number, callback, args]);
  }
}

function isCallback(special: object): special is CallbackMark {
  return "callback" in special;
}
