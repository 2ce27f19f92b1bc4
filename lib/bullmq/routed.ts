import { describeValue, identityOf } from "../executor.ts";
import {
  type CallOptions,
  ClosedError,
  type Executor,
  type ExecutorStatistics,
  type HoldingExecutor,
} from "../index.ts";

/**
 * Gives each call to one of two executors: functions that were declared with a name go far, everything else stays,
 * generators with it. So a whole graph of dependencies resolves through it.
 *
 * **Cancellation:** that of the executor which has the call.
 *
 * @param remote - runs functions that have a name
 * @param local - runs all others
 * @returns an executor of both; it can hold generators if `local` can. To close it closes neither: it takes no more
 *   calls
 * @throws TypeError, synchronously, for what is no executor
 *
 * @example
 * ```ts no-run
 * import { defaultThreadpool, provide, resolveDependencies, threaded } from "skein";
 * import { BullMQExecutor, routed } from "skein/bullmq";
 *
 * const count = threaded(import.meta, () => 42, { name: "reports/count" });
 * await using remote = new BullMQExecutor({ queue: "reports", connection: "redis://localhost" });
 * const pool = routed(remote, defaultThreadpool());
 * const { total } = await resolveDependencies({ total: provide(count) }, { pool });
 * console.log(total);
 * ```
 *
 * @public
 */
export function routed(remote: Executor, local: HoldingExecutor): HoldingExecutor;

/**
 * The same with a local executor that may not be able to hold generators.
 *
 * **Cancellation:** that of the executor which has the call.
 *
 * @param remote - runs functions that have a name
 * @param local - runs all others
 * @returns an executor of both
 * @throws TypeError, synchronously, for what is no executor
 *
 * @public
 */
export function routed(remote: Executor, local: Executor): Executor;

export function routed(remote: Executor, local: Executor): Executor {
  checkExecutor("remote", remote);
  checkExecutor("local", local);
  return new Routed(remote, local);
}

function checkExecutor(name: string, value: unknown): void {
  if (typeof (value as Partial<Executor> | null | undefined)?.run === "function") return;
  throw new TypeError(
    `Expected \`${name}\` to be a Threadpool or another executor, with a method \`run\`, got ${describeValue(value)}`,
  );
}

class Routed implements Executor {
  readonly iterate?: NonNullable<Executor["iterate"]>;
  readonly hold?: HoldingExecutor["hold"];
  readonly #remote: Executor;
  readonly #local: Executor;
  #isClosed = false;

  constructor(remote: Executor, local: Executor) {
    this.#remote = remote;
    this.#local = local;
    // What the local one cannot do is not there.
    if (local.iterate !== undefined) {
      this.iterate = (fn, args, options) => {
        this.#refuse();
        return local.iterate!(fn, args, options);
      };
    }
    if ("hold" in local) {
      this.hold = async (fn, args, options) => {
        this.#refuse();
        return await (local as HoldingExecutor).hold(fn, args, options);
      };
    }
  }

  run<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: A,
    options?: CallOptions,
  ): Promise<Awaited<R>> {
    if (this.#isClosed) return Promise.reject(closed());
    return this.#for(fn).run(fn, args, options);
  }

  statistics(): ExecutorStatistics {
    const [far, near] = [this.#remote.statistics(), this.#local.statistics()];
    return {
      running: far.running + near.running,
      queued: far.queued + near.queued,
      completed: far.completed + near.completed,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #for(fn: (...args: never[]) => unknown): Executor {
    const isNamed = typeof fn === "function" && identityOf(fn) !== undefined;
    return isNamed ? this.#remote : this.#local;
  }

  #refuse(): void {
    if (this.#isClosed) throw closed();
  }
}

function closed(): ClosedError {
  return new ClosedError("The executor is closed: it takes no more calls");
}
