import { CancelledError } from "../../errors.ts";
import { startRealTimer, stopRealTimer } from "../../host.ts";
import { link, unlink, PlainChild } from "../../scope/scope-child.ts";
import type { Cancellation } from "../../scope/cancellation.ts";
import { PlainScope, type Scope } from "../../scope/scope.ts";
import type { PreparedOptions, StepWork } from "./work.ts";
import { lostSession } from "./endings.ts";
import type { ItemSink } from "../thread-iterator.ts";
import { FAIL, STOP, type StepReply } from "./protocol.ts";
import { encodeThrown } from "../codec/errors.ts";

/** How long the cleanup of a generator may take that is ended before its time. */
const CLEANUP_MS = 30_000;
/** How long a step may go on after its consumer has left. */
const LEAVING_MS = 1_000;

/** A thread in which a generator is suspended. */
interface Thread {
  readonly phase: "starting" | "up" | "ending" | "gone";
  readonly held: Set<{ lost(error: unknown): void }>;
}

/** A step, as a call. */
export interface StepCall {
  readonly work: { readonly kind: "run" | "begin" | "resume" };
  readonly home: Thread | undefined;
  /** The thread that has it, or had it last. */
  readonly host: Thread | undefined;
  /** Its number there. */
  readonly number: number;
  readonly hasReplied: boolean;
  sink: ItemSink | undefined;
}

/** Who runs the steps of sessions. */
export interface StepRunner<W> {
  /** Runs a function that begins a session, or a step of one. */
  run(
    work: W | StepWork,
    options: PreparedOptions,
    home: Thread | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ): StepCall;
  /** Takes a call back or, if it runs, tells its function to stop. */
  cutShort(call: StepCall, reason: unknown): void;
  /** Stops what a call does, and ends its thread if need be. */
  stop(call: StepCall, reason: unknown): void;
  /** A session is there from now on, until it is over. */
  opened(session: Session<W>): void;
  closed(session: Session<W>): void;
}

/**
 * A generator in a thread, suspended there between its steps. It hangs below its scope: when that is cancelled, the
 * generator is ended in its thread.
 *
 * ```
 *   new ──▶ stepping ⇄ suspended ──▶ stepping (the last one) ──▶ over
 *               └──────────┴──────────────────────────────────▶ over     returned, threw, or its thread has ended
 * ```
 */
export class Session<W> extends PlainChild {
  readonly #runner: StepRunner<W>;
  readonly #options: PreparedOptions;
  /**
   * An iteration goes on under the enclosing scope when its own ends, and is stopped by a cancellation; what is held is
   * told of it.
   */
  readonly #kind: "iteration" | "held";
  #state: "new" | "stepping" | "suspended" | "over" = "new";
  #call: StepCall | undefined;
  #step: Promise<StepReply> | undefined;
  #thread: Thread | undefined;
  #number = 0;
  #ending: Promise<StepReply | undefined> | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  #lostBy: { readonly error: unknown } | undefined;

  constructor(runner: StepRunner<W>, options: PreparedOptions, kind: "iteration" | "held") {
    super();
    this.#runner = runner;
    this.#options = options;
    this.#kind = kind;
  }

  /** Runs the function and makes the first step. */
  async begin(work: W, sink?: ItemSink): Promise<StepReply> {
    const { scope, ownScope } = this.#options;
    this.#runner.opened(this);
    if (scope !== null) link(this, scope);
    const reply = await this.#run(work, this.#options, undefined, sink);
    if (this.#kind === "held") ownScope?._end();
    return reply;
  }

  /** Makes a step that wants so many items. */
  async next(count: number, sink: ItemSink): Promise<StepReply> {
    if (this.#ending !== undefined) await this.#ending.catch(() => {});
    this.#refuse();
    if (this.#state === "over") return OVER;
    return await this.#resume(count, undefined, this.#options, sink);
  }

  /** Makes the last step, unless it has been made: the verdict. Nothing cancels it. */
  finish(step: number, error?: unknown): Promise<StepReply | undefined> {
    this.#ending ??= this.#end(step, error, null);
    return this.#ending;
  }

  /** Ends it before its time. Its cleanup runs in the thread, within a time. */
  stop(): Promise<StepReply | undefined> {
    this.#ending ??= this.#end(STOP, undefined, CLEANUP_MS);
    return this.#ending;
  }

  /** Ends it because nobody may wait for it any more. */
  abort(reason: unknown): void {
    if (this.#state === "over") return;
    this.#cancelled ??= { reason };
    if (this.#state === "suspended") void this.#giveUp(reason).catch(() => {});
  }

  /** Its thread has ended while it was suspended. */
  lost(error: unknown): void {
    this.#lostBy = { error };
    this.#close();
  }

  get cancelled(): { readonly reason: unknown } | undefined {
    return this.#cancelled;
  }

  override _outlives(): boolean {
    return this.#kind === "iteration";
  }

  override _withdraw(): void {}

  override _deliver(event: Cancellation): void {
    this.abort(event.reason);
  }

  #giveUp(reason: unknown): Promise<StepReply | undefined> {
    if (this.#kind === "iteration") return this.stop();
    this.#ending ??= this.#end(FAIL, reason, CLEANUP_MS);
    return this.#ending;
  }

  async #end(
    step: number,
    error: unknown,
    withinMs: number | null,
  ): Promise<StepReply | undefined> {
    if (this.#call !== undefined) await this.#leave(this.#call);
    // A verdict is owed an answer, be it that there is nobody left to hear it.
    if (this.#state === "over" && this.#lostBy !== undefined && withinMs === null) this.#refuse();
    if (this.#state !== "suspended") return undefined;
    const scope = withinMs === null ? null : timeLimit(this.#options.name, withinMs);
    const options: PreparedOptions = {
      ...this.#options,
      scope,
      ownScope: scope,
      limiter: undefined,
      onCancel: "kill",
      graceMs: 0,
    };
    try {
      return await this.#resume(step, step === FAIL ? encodeThrown(error) : undefined, options);
    } finally {
      scope?._end();
    }
  }

  /** The step that is being made is of no use any more. */
  async #leave(call: StepCall): Promise<void> {
    const reason = new CancelledError("Nobody waits for the iteration any more", "exit");
    this.#runner.cutShort(call, reason);
    const timer = startRealTimer(() => this.#runner.stop(call, reason), LEAVING_MS);
    await this.#step?.catch(() => {});
    stopRealTimer(timer);
  }

  #refuse(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled.reason;
    if (this.#lostBy !== undefined) throw lostSession(this.#lostBy.error);
  }

  #resume(
    step: number,
    error: unknown,
    options: PreparedOptions,
    sink?: ItemSink,
  ): Promise<StepReply> {
    const work: StepWork = { kind: "resume", session: this.#number, step, error };
    return this.#run(work, options, this.#thread, sink);
  }

  #run(
    work: W | StepWork,
    options: PreparedOptions,
    home: Thread | undefined,
    sink: ItemSink | undefined,
  ): Promise<StepReply> {
    this.#state = "stepping";
    const step = new Promise<unknown>((resolve, reject) => {
      this.#call = this.#runner.run(work, options, home, resolve, reject);
      this.#call.sink = sink;
    });
    this.#step = this.#followed(step, this.#call!);
    return this.#step;
  }

  async #followed(step: Promise<unknown>, call: StepCall): Promise<StepReply> {
    try {
      const reply = (await step) as StepReply;
      this.#call = undefined;
      if (reply.done) this.#close();
      else this.#suspend(call);
      return reply;
    } catch (error) {
      this.#call = undefined;
      // One that never ran has changed nothing.
      if (call.work.kind === "resume" && !call.hasReplied && call.home!.phase === "up") {
        this.#suspend(call);
      } else {
        this.#close();
      }
      throw error;
    }
  }

  #suspend(call: StepCall): void {
    this.#state = "suspended";
    if (this.#thread === undefined) {
      this.#thread = call.host!;
      this.#number = call.number;
      this.#thread.held.add(this);
    }
    if (this.#thread.phase === "gone") return this.lost(undefined);
    if (this.#cancelled !== undefined) void this.#giveUp(this.#cancelled.reason).catch(() => {});
  }

  #close(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#thread?.held.delete(this);
    unlink(this);
    this.#options.ownScope?._end();
    this.#runner.closed(this);
  }
}

const OVER: StepReply = { done: true };

function timeLimit(name: string, ms: number): Scope {
  const scope = new PlainScope(null, `the end of ${name}`, false);
  scope._bound(undefined, ms);
  return scope;
}
