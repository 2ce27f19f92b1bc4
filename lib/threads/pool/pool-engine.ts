import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import type { UncheckedFunction } from "../any-function.ts";
import type { Engine } from "../engine/contract.ts";
import type { RunOptions, ThreadpoolStatistics } from "../executor.ts";
import type { HeldGenerator } from "../held-generator.ts";
import type { ItemSink, Opened } from "../thread-iterator.ts";
import { hold } from "./hold.ts";
import { HOLD } from "./protocol.ts";
import { Session, type StepCall, type StepRunner } from "./session.ts";
import type { PreparedOptions } from "./work.ts";

/** Makes a call ready. */
type Prepare<W> = (
  fn: UncheckedFunction,
  args: readonly unknown[],
  options: RunOptions,
  step?: number,
) => { readonly work: W; readonly options: PreparedOptions };

/** Who brings together calls and threads. */
interface Dispatcher {
  readonly statistics: ThreadpoolStatistics;
  prewarm(threads: number): Promise<void>;
  /** A session is there from now on, for which it waits before it ends its threads. */
  entered(): void;
  left(): void;
  abort(reason: unknown): void;
}

/** What a pool does with calls and sessions, whatever its threads are. */
export abstract class PoolEngine<W> implements Engine, StepRunner<W> {
  readonly #prepare: Prepare<W>;
  readonly #sessions = new Set<Session<W>>();

  constructor(prepare: Prepare<W>) {
    this.#prepare = prepare;
  }

  abstract readonly isInCallback: boolean;
  abstract run(...step: Parameters<StepRunner<W>["run"]>): StepCall;
  abstract cutShort(call: StepCall, reason: unknown): void;
  abstract stop(call: StepCall, reason: unknown): void;
  abstract close(): Promise<void>;
  protected abstract readonly _dispatcher: Dispatcher;

  call(fn: UncheckedFunction, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const prepared = this.#prepare(fn, args, options);
      this.run(prepared.work, prepared.options, undefined, resolve, reject);
    });
  }

  iterate(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
    count: number,
    sink: ItemSink,
  ): Opened {
    const prepared = this.#prepare(fn, args, options, count);
    const iteration = new Session(this, prepared.options, "iteration");
    // A stack that is not written out yet holds on to the frames in it, and one of them is the iterator's.
    const site = prepared.options.site?.stack;
    const failure = (encoded: unknown): unknown => decodeThrown(encoded as EncodedThrown, site);
    return { iteration, first: iteration.begin(prepared.work, sink), failure };
  }

  async hold(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): Promise<HeldGenerator<unknown>> {
    const { work, options: read } = this.#prepare(fn, args, options, HOLD);
    return await hold(new Session(this, read, "held"), work, read.name);
  }

  get statistics(): ThreadpoolStatistics {
    return this._dispatcher.statistics;
  }

  prewarm(threads: number): Promise<void> {
    return this._dispatcher.prewarm(threads);
  }

  abort(reason: unknown): void {
    for (const session of this.#sessions) session.abort(reason);
    this._dispatcher.abort(reason);
  }

  opened(session: Session<W>): void {
    this.#sessions.add(session);
    this._dispatcher.entered();
  }

  closed(session: Session<W>): void {
    this.#sessions.delete(session);
    this._dispatcher.left();
  }
}
