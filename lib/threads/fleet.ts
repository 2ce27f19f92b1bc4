// The host's: threads take real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import { Tinypool } from "tinypool";
import type { ResourceLimits } from "node:worker_threads";
import { WorkerExitedError } from "../errors.ts";
import { entry } from "./entry-place.ts";
import type { Lane } from "./lane.ts";
import { reportLateError } from "./reports.ts";
import type { Errand } from "./protocol.ts";
import { threadArguments } from "./thread-arguments.ts";

type Thread = Tinypool["threads"][number];

/** What became of the thread of a lane. */
export interface Ending {
  /** `undefined`: the thread was given back and lives on, or the pool has ended it. */
  readonly exitCode: number | undefined;
  readonly error: unknown;
}

export interface FleetKeeper {
  /** The lane's thread is given back or gone. */
  ended(lane: Lane, ending: Ending): void;
  /** A thread could not be started for the lane, which has no call yet. */
  unstarted(lane: Lane, error: unknown): void;
}

/** A lane's stay on a thread of the pool below. */
interface Stay {
  readonly lane: Lane;
  readonly abort: AbortController;
  /** Settles with the pool's task. */
  over: Promise<void>;
  thread: Thread | undefined;
  /** How the pool's task ended, once it has. */
  outcome: { readonly released: boolean; readonly error: unknown } | undefined;
}

/** What is known of a thread that the pool below has started. */
interface Life {
  hasWorked: boolean;
  /** The exit code, once it has ended. */
  code: number | undefined;
  error: unknown;
}

/** More threads than this the pool below does not start, whatever the limiters allow. */
const MOST_THREADS = 512;
/** What a timer of Node's can wait for. */
const LONGEST_MS = 2 ** 31 - 1;
/** A thread that is started ahead of need takes the processor from nobody: those who wait for a thread come first. */
const WARM_AFTER_MS = 25;
/** How long a thread has to end itself. */
const END_MS = 1000;
/**
 * The threads themselves. Tinypool starts, keeps and replaces them; it never queues for us, never sees a user's
 * signal or value, and learns from us when a thread has exited on its own, which it does not notice.
 */
export class Fleet {
  readonly #pool: Tinypool;
  readonly #keeper: FleetKeeper;
  readonly #stays = new Map<Lane, Stay>();
  readonly #lives = new Map<Thread, Life>();
  /** Tasks of the pool below that have not ended. */
  #tasks = 0;
  #warming = false;
  #wanted = 0;
  #isEnding = false;
  readonly #idleMs: number;
  #reaping: NodeJS.Timeout | undefined;
  #fewestIdle = 0;

  constructor(keeper: FleetKeeper, idleMs: number, resourceLimits: ResourceLimits | undefined) {
    this.#keeper = keeper;
    this.#idleMs = idleMs;
    const execArgv = threadArguments(process.execArgv);
    this.#pool = new Tinypool({
      // Loaded while the thread starts, so that one that was started ahead of need is ready.
      filename: entry,
      minThreads: 0,
      maxThreads: MOST_THREADS,
      // It would end idle threads from outside; we end them from inside.
      idleTimeout: LONGEST_MS,
      useAtomics: false,
      ...(execArgv === undefined ? {} : { execArgv }),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    // Without a listener, an error of an idle thread would end the process.
    this.#pool.on("error", () => {});
  }

  get threads(): number {
    return this.#pool.threads.length;
  }

  /** Threads that are up, or will be, and that nobody uses. */
  get idle(): number {
    return Math.max(0, this.threads - this.#tasks);
  }

  open(lane: Lane): void {
    const stay: Stay = {
      lane,
      abort: new AbortController(),
      over: Promise.resolve(),
      thread: undefined,
      outcome: undefined,
    };
    this.#stays.set(lane, stay);
    const errand: Errand = { errand: "lane", port: lane.farPort, shared: lane.shared };
    stay.over = this.#send(errand, {
      transferList: [lane.farPort],
      signal: stay.abort.signal,
    }).then(
      () => this.#settled(stay, true, undefined),
      (error: unknown) => this.#settled(stay, false, error),
    );
  }

  /** The lane's worker has said which thread it is. */
  claim(lane: Lane, threadId: number): void {
    const stay = this.#stays.get(lane);
    if (stay !== undefined) {
      const thread = this.#pool.threads.find((one) => one.threadId === threadId);
      stay.thread = thread;
      if (thread !== undefined) this.#lives.get(thread)!.hasWorked = true;
    }
  }

  /** Ends a lane's thread from outside, now. */
  terminate(lane: Lane): void {
    this.#stays.get(lane)?.abort.abort();
  }

  /** Starts a thread ahead of need, if there are fewer than `wanted` by then, and the program is not about to end. */
  warmSoon(wanted: number): void {
    this.#wanted = wanted;
    if (this.#warming) return;
    this.#warming = true;
    setTimeout(() => void this.#warm(), WARM_AFTER_MS).unref();
  }

  async #warm(): Promise<void> {
    const missing = this.#isEnding ? 0 : this.#wanted - this.threads;
    try {
      // Threads that are idle get an errand as well, or else they would take those for which new ones are to start.
      const count = missing > 0 ? missing + this.idle : 0;
      await Promise.all(Array.from({ length: count }, () => this.#send({ errand: "warm" }, {})));
    } catch {
      // A thread that does not come up is noticed when it is needed.
      this.#wanted = 0;
    }
    this.#warming = false;
    // Others may have ended meanwhile.
    if (missing > 0 && this.threads < this.#wanted) this.warmSoon(this.#wanted);
  }

  async #send(errand: Errand, options: object): Promise<void> {
    this.#fewestIdle = Math.min(this.#fewestIdle, this.idle - 1);
    this.#tasks += 1;
    try {
      const running = this.#pool.run(errand, options);
      this.#guard();
      await running;
    } finally {
      this.#tasks -= 1;
      this.#reap();
    }
  }

  #guard(): void {
    for (const thread of this.#pool.threads) {
      if (this.#lives.has(thread)) continue;
      const record: Life = { hasWorked: false, code: undefined, error: undefined };
      this.#lives.set(thread, record);
      thread.on("error", (error: unknown) => (record.error ??= error));
      thread.once("exit", (code: number) => {
        record.code = code;
        // A thread that exits without an error leaves the pool's promises pending, unless the pool is told.
        if (this.#pool.threads.includes(thread)) {
          thread.emit("error", new WorkerExitedError(`The thread exited with code ${code}`, code));
        }
        this.#exited(thread);
      });
    }
  }

  #exited(thread: Thread): void {
    for (const stay of this.#stays.values()) {
      if (stay.thread === thread) return this.#conclude(stay);
    }
    // If it was a lane's that has not said so yet, the pool's task tells, now.
    setImmediate(() => this.#lost(thread));
  }

  /** A thread has ended that was no lane's. */
  #lost(thread: Thread): void {
    const life = this.#lives.get(thread);
    if (life === undefined) return;
    this.#lives.delete(thread);
    const { hasWorked, error } = life;
    if (hasWorked) {
      if (!(error instanceof WorkerExitedError)) reportLateError(error);
      return;
    }
    // It never came up; if it was to be a lane's, that waits in vain.
    // Not one that has calls already: its thread may be up, and run them.
    const stay = [...this.#stays.values()].find(
      ({ lane, outcome, thread: own }) =>
        outcome === undefined && own === undefined && lane.calls.length === 0,
    );
    if (stay === undefined || this.#pool.threads.length >= this.#tasks) return;
    stay.outcome = { released: false, error };
    stay.abort.abort();
    this.#conclude(stay);
  }

  #settled(stay: Stay, released: boolean, error: unknown): void {
    if (stay.outcome !== undefined) return;
    stay.outcome = { released, error };
    // It may have ended before the lane has said which one it is.
    if (!released) stay.thread ??= this.#threadThatEndedBy(error);
    this.#conclude(stay);
  }

  #threadThatEndedBy(error: unknown): Thread | undefined {
    for (const [thread, life] of this.#lives) if (life.error === error) return thread;
    return undefined;
  }

  /** A stay is over when the pool's task has ended and, unless the thread was given back, the thread as well. */
  #conclude(stay: Stay): void {
    const { lane, thread, outcome } = stay;
    if (outcome === undefined) return;
    if (outcome.released) {
      this.#stays.delete(lane);
      return this.#keeper.ended(lane, { exitCode: undefined, error: undefined });
    }
    const exit = thread === undefined ? undefined : this.#lives.get(thread);
    if (exit !== undefined && exit.code === undefined) return;
    this.#stays.delete(lane);
    if (thread !== undefined) this.#lives.delete(thread);
    // Whether one was up was a guess: the pool's task may have got one that came free meanwhile.
    if (lane.phase === "starting" && !lane.isWarm && exit?.hasWorked !== true)
      return this.#keeper.unstarted(lane, outcome.error);
    const error = exit?.error ?? outcome.error;
    this.#keeper.ended(lane, { exitCode: this.#isEnding ? undefined : (exit?.code ?? 1), error });
  }

  /** Ends every thread: from inside if it listens, from outside if it does not. */
  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#reaping);
    const ended = this.#endAll();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, END_MS)))]);
    clearTimeout(timer);
    await this.#pool.destroy();
  }

  /** The idle ones, and those that lanes have yet to give back. */
  async #endAll(): Promise<void> {
    const others = [...this.#stays.values()].map(async ({ over }) => {
      await over;
      await this.#endIdle(Math.min(1, this.idle));
    });
    await Promise.all([this.#endIdle(this.idle), ...others]);
  }

  async #endIdle(count: number): Promise<void> {
    const ends = Array.from({ length: count }, () => this.#send({ errand: "end" }, {}));
    await Promise.allSettled(ends);
  }

  /** Ends, once in a while, as many threads as were idle all the while. */
  #reap(): void {
    this.#fewestIdle = Math.min(this.#fewestIdle, this.idle);
    if (this.#isEnding || this.#reaping !== undefined || this.#idleMs > LONGEST_MS) return;
    this.#fewestIdle = this.idle;
    this.#reaping = setTimeout(() => {
      this.#reaping = undefined;
      void this.#endIdle(Math.min(this.#fewestIdle, this.idle));
      if (this.idle > 0) this.#reap();
    }, this.#idleMs);
    this.#reaping.unref();
  }
}
