import { type Call, type CallOptions, Seat, type Work } from "./call.ts";
import type { AnyFunction } from "./callback.ts";
import { decodeThrown, type EncodedThrown } from "./codec/errors.ts";
import { decodeValue } from "./codec/values.ts";
import type { RunOptions } from "./executor.ts";
import { prepare } from "./prepare.ts";
import type { Batch } from "./protocol.ts";
import type { SeatKeeper } from "./seat-keeper.ts";

/** Items in one batch. One batch is consumed while the next is made. */
const BATCH = 16;
/** How long the generator's `finally` blocks may take. */
const CLEANUP_MS = 30_000;

/** Iterations whose iterator nobody has any more, and that nobody will end: their generators would keep threads for good. */
const dropped = new FinalizationRegistry<Place>(({ remote }) => void remote?.end().catch(() => {}));

/** Where an iterator has its generator, once that has begun. It knows nothing of the iterator. */
interface Place {
  remote: RemoteIteration | undefined;
}

/** The consumer's side of a generator that runs in a thread. */
export function iterateInThread<T>(
  engine: SeatKeeper,
  fn: AnyFunction,
  args: readonly unknown[],
  options: RunOptions,
): AsyncGenerator<T, undefined, undefined> {
  const place: Place = { remote: undefined };
  const iterator = iterateAt<T>(place, engine, fn, args, options);
  dropped.register(iterator, place);
  return iterator;
}

async function* iterateAt<T>(
  place: Place,
  engine: SeatKeeper,
  fn: AnyFunction,
  args: readonly unknown[],
  options: RunOptions,
): AsyncGenerator<T, undefined, undefined> {
  const prepared = prepare(fn, args, options, BATCH);
  // A stack that is not written out yet holds on to the frames in it, and this one is the iterator's.
  void prepared.options.site?.stack;
  const remote = new RemoteIteration(engine, { ...prepared.options, ownScope: null });
  place.remote = remote;
  try {
    let batch = await remote.begin(prepared.work);
    for (;;) {
      const upcoming = batch.done ? undefined : remote.next();
      for (const item of batch.items) yield decodeValue(item) as T;
      if (batch.thrown !== undefined)
        throw decodeThrown(batch.thrown as EncodedThrown, remote.site);
      if (upcoming === undefined) return;
      batch = await upcoming;
    }
  } finally {
    try {
      await remote.end();
    } finally {
      prepared.options.ownScope?._end();
    }
  }
}

/** A generator in a thread: begun, continued batch by batch, ended. */
class RemoteIteration {
  readonly #engine: SeatKeeper;
  readonly #options: CallOptions;
  readonly #seat = new Seat();
  /** The batch that is on its way. */
  #call: Call | undefined;
  #pending: Promise<Batch> | undefined;

  constructor(engine: SeatKeeper, options: CallOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  get site(): string | undefined {
    return this.#options.site?.stack;
  }

  begin(work: Work): Promise<Batch> {
    return this.#batch(work);
  }

  next(): Promise<Batch> {
    return this.#batch({ kind: "next", batch: BATCH });
  }

  /** Lets the generator finish, unless it has or its thread has ended. */
  async end(): Promise<void> {
    if (this.#call !== undefined) {
      this.#engine.cutShort(this.#call);
      await this.#pending?.catch(() => {});
    }
    if (this.#engine.isSuspended(this.#seat)) {
      await this.#engine.stop(this.#seat, this.#options, CLEANUP_MS);
    }
  }

  #batch(work: Work): Promise<Batch> {
    const pending = this.#submit(work);
    // It may fail while nobody waits for it; whoever comes for it then gets the failure.
    pending.catch(() => {});
    this.#pending = pending;
    return pending;
  }

  async #submit(work: Work): Promise<Batch> {
    this.#options.scope?.throwIfCancelled();
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        this.#call = this.#engine.submit(work, this.#options, this.#seat, resolve, reject);
      })) as Batch;
    } finally {
      this.#call = undefined;
    }
  }
}
