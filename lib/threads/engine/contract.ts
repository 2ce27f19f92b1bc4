import type { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { UncheckedFunction } from "../any-function.ts";
import type { RunOptions, ThreadpoolStatistics } from "../executor.ts";
import type { HeldGenerator } from "../held-generator.ts";
import type { ItemSink, Opened } from "../thread-iterator.ts";

/** What bounds a pool. */
export interface PoolLimits {
  readonly limiter: CapacityLimiter | undefined;
  readonly maxThreads: number | undefined;
  readonly idleMs: number;
}

/** Everything of a thread pool that is there from its first call on. */
export interface Engine {
  call(fn: UncheckedFunction, args: readonly unknown[], options: RunOptions): Promise<unknown>;
  iterate(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
    count: number,
    sink: ItemSink,
  ): Opened;
  hold(
    fn: UncheckedFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): Promise<HeldGenerator<unknown>>;
  prewarm(threads: number): Promise<void>;
  readonly statistics: ThreadpoolStatistics;
  /** Whether a callback of a call of this pool is what runs: the call waits for it. */
  readonly isInCallback: boolean;
  /** Resolves when all calls have settled and all threads have ended. */
  close(): Promise<void>;
  /** Cancels all calls. */
  abort(reason: unknown): void;
}
