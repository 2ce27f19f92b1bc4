import type { AnyFunction } from "./callback.ts";
import type { Executor, RunOptions } from "./executor.ts";
import type { Follower, Pipe } from "./pipe.ts";
import { engineOf, Threadpool } from "./thread-pool.ts";
import { functionBehind } from "./threaded-function.ts";

/** Runs a function as the executor does and sends followers right behind it, if it is a thread pool of ours that is up. */
export function runAhead(
  executor: Executor,
  fn: (deps: object) => unknown,
  args: [object],
  options: RunOptions,
  followers: readonly Follower[],
  keep: (pipes: readonly Pipe[]) => void,
): Promise<unknown> {
  const isOurs = executor instanceof Threadpool && executor.run === Threadpool.prototype.run;
  const engine = isOurs ? engineOf(executor) : undefined;
  if (engine === undefined) return executor.run(fn, args, options);
  return engine.runWith(functionBehind(fn) as AnyFunction, args, options, followers, keep);
}
