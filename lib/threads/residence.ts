import { WorkerExitedError, WorkerLostError } from "../errors.ts";
import { type CallOptions, Seat, type Work } from "./call.ts";
import type { HeldReply } from "./protocol.ts";
import type { SeatKeeper } from "./seat-keeper.ts";

/** How long the thread may take to be given back. */
const STOP_MS = 30_000;

interface Step {
  readonly work: Work;
  readonly options: CallOptions;
  /** The thread in which the generator is; none yet if it is to begin. */
  readonly seat: Seat | undefined;
  readonly resolve: (begun: Begun) => void;
  readonly reject: (error: unknown) => void;
}

export interface Begun {
  readonly reply: HeldReply;
  /** The thread in which the generator is. */
  readonly seat: Seat;
}

/**
 * A thread that holds suspended generators, any number of them, and does nothing else: other calls go to other threads, so
 * it is never ended because of one. Its steps go one at a time; those that finish a generator go before those that begin one.
 */
export class Residence {
  readonly #engine: SeatKeeper;
  readonly #finishing: Step[] = [];
  readonly #beginning: Step[] = [];
  /** Another one for each thread: what was in the one before is lost. */
  #seat = new Seat();
  /** How many generators are suspended there. */
  #residents = 0;
  #isBusy = false;

  constructor(engine: SeatKeeper) {
    this.#engine = engine;
  }

  /** How many steps it has before it. */
  get load(): number {
    return this.#finishing.length + this.#beginning.length + (this.#isBusy ? 1 : 0);
  }

  begin(work: Work, options: CallOptions): Promise<Begun> {
    return this.#enqueue(this.#beginning, work, options, undefined);
  }

  finish(work: Work, options: CallOptions, seat: Seat): Promise<Begun> {
    return this.#enqueue(this.#finishing, work, options, seat);
  }

  #enqueue(
    queue: Step[],
    work: Work,
    options: CallOptions,
    seat: Seat | undefined,
  ): Promise<Begun> {
    return new Promise((resolve, reject) => {
      queue.push({ work, options, seat, resolve, reject });
      void this.#proceed();
    });
  }

  async #proceed(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (;;) {
      const step = this.#finishing.shift() ?? this.#beginning.shift();
      if (step === undefined) break;
      await this.#run(step);
    }
    this.#isBusy = false;
  }

  /** Never rejects: what comes of a step goes to whoever wants it. */
  async #run(step: Step): Promise<void> {
    if (this.#residents > 0 && !this.#engine.isSuspended(this.#seat)) {
      this.#seat = new Seat();
      this.#residents = 0;
    }
    const seat = this.#seat;
    if (step.seat !== undefined && step.seat !== seat) {
      step.reject(lost());
      return;
    }
    if (step.seat !== undefined) this.#residents--;
    try {
      step.options.scope?.throwIfCancelled();
      const reply = (await new Promise<unknown>((resolve, reject) => {
        this.#engine.submit(step.work, step.options, seat, resolve, reject);
      })) as HeldReply;
      if (reply.isSuspended) this.#residents++;
      step.resolve({ reply, seat });
    } catch (error) {
      const isLost = step.seat !== undefined && error instanceof WorkerExitedError;
      step.reject(isLost ? lost(error) : error);
    }
    if (this.#residents === 0) await this.#giveBack(seat, step.options);
  }

  /** The thread goes back to the pool, unless the last reply has given it back already. */
  async #giveBack(seat: Seat, options: CallOptions): Promise<void> {
    if (!this.#engine.isSuspended(seat)) return;
    try {
      await this.#engine.stop(seat, options, STOP_MS);
    } catch {
      // Then the thread has ended, and nothing was in it.
    }
  }
}

function lost(cause?: unknown): WorkerLostError {
  return new WorkerLostError(
    "The thread that held the suspended generator has ended, and the generator with it: its cleanup did not run",
    { cause },
  );
}
