// First: without the program of the threads nothing below it is of use, nor always fit to be loaded.
import "./entry-place.ts";
import type { ResourceLimits } from "node:worker_threads";
import { Scope } from "../scope/scope.ts";
import type { CapacityLimiter } from "../sync/capacity-limiter.ts";
import { Call, type CallOptions, type Seat, type Work } from "./call.ts";
import type { AnyFunction } from "./callback.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { RunOptions, ThreadpoolStatistics } from "./executor.ts";
import type { HeldGenerator } from "./held-generator.ts";
import { Line } from "./line.ts";
import { canPipe, type Follower, type Pipe, pipesFor } from "./pipe.ts";
import { prepare } from "./prepare.ts";
import { ThreadHolding } from "./thread-holding.ts";
import type { SeatKeeper } from "./seat-keeper.ts";
import { iterateInThread } from "./thread-iteration.ts";

/** What bounds a pool. */
export interface PoolLimits {
  readonly limiter: CapacityLimiter;
  readonly maxThreads: number;
  readonly idleMs: number;
  readonly resourceLimits: ResourceLimits | undefined;
}

/** Everything of a thread pool that is loaded only when its first call comes. */
export class Engine implements SeatKeeper {
  readonly #dispatcher: Dispatcher;
  readonly #limiter: CapacityLimiter;
  readonly #holding: ThreadHolding;
  readonly #lines = new WeakMap<CapacityLimiter, Line>();

  constructor(limits: PoolLimits) {
    this.#dispatcher = new Dispatcher(limits.maxThreads, limits.idleMs, limits.resourceLimits);
    this.#limiter = limits.limiter;
    this.#holding = new ThreadHolding(this, Math.max(1, limits.maxThreads - 1));
  }

  run(fn: AnyFunction, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const prepared = prepare(fn, args, options, 0);
      this.submit(prepared.work, prepared.options, undefined, resolve, reject);
    });
  }

  /**
   * As `run`, and sends calls right behind it in the same message, as far as all of them are known to be tiny: each takes
   * the result of the one before. Nobody waits for those until they are claimed.
   */
  runWith(
    fn: AnyFunction,
    args: readonly unknown[],
    options: RunOptions,
    followers: readonly Follower[],
    keep: (pipes: readonly Pipe[]) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { work, options: own } = prepare(fn, args, options, 0);
      const call = new Call(work, own, undefined, this.#dispatcher, resolve, reject);
      call.enter();
      if (canPipe(call)) {
        const pipes = pipesFor(followers, this.#dispatcher);
        call.behind = pipes.map((pipe) => pipe.call);
        keep(pipes);
      }
      this.#dispatcher.submit(call, this.#lineOf(own.limiter ?? this.#limiter));
    });
  }

  iterate(
    fn: AnyFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): AsyncGenerator<unknown, undefined, undefined> {
    return iterateInThread(this, fn, args, options);
  }

  hold(
    fn: AnyFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): Promise<HeldGenerator<unknown>> {
    return this.#holding.hold(fn, args, options);
  }

  get statistics(): ThreadpoolStatistics {
    return this.#dispatcher.statistics;
  }

  close(): Promise<void> {
    return this.#dispatcher.drain();
  }

  abort(reason: unknown): void {
    this.#dispatcher.abort(reason);
  }

  isSuspended(seat: Seat): boolean {
    return this.#dispatcher.isSuspended(seat);
  }

  cutShort(call: Call): void {
    this.#dispatcher.cutShort(call);
  }

  /** Ends a suspended iteration, within a time. */
  stop(seat: Seat, options: CallOptions, timeoutMs: number): Promise<unknown> {
    const scope = new Scope(null, `the end of ${options.name}`, false);
    scope._bound(undefined, timeoutMs);
    return new Promise((resolve, reject) => {
      const own: CallOptions = { ...options, scope, ownScope: scope, onCancel: "kill", graceMs: 0 };
      this.submit({ kind: "stop" }, own, seat, resolve, reject);
    });
  }

  submit(
    work: Work,
    options: CallOptions,
    seat: Seat | undefined,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ): Call {
    const call = new Call(work, options, seat, this.#dispatcher, resolve, reject);
    call.enter();
    this.#dispatcher.submit(call, this.#lineOf(options.limiter ?? this.#limiter));
    return call;
  }

  #lineOf(limiter: CapacityLimiter): Line {
    let line = this.#lines.get(limiter);
    if (line === undefined) {
      line = new Line(limiter, (ready) => this.#dispatcher.pump(ready));
      this.#lines.set(limiter, line);
    }
    return line;
  }
}
