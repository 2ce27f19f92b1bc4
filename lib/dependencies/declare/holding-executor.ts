import type { CallOptions, Executor } from "../../threads/executor.ts";
import type { HeldGenerator } from "../../threads/held-generator.ts";

/**
 * An executor that can also keep a generator suspended, as {@link Threadpool} does. Providers that are plain generators
 * need one.
 *
 * @public
 */
export interface HoldingExecutor extends Executor {
  /**
   * Runs a generator function up to its first `yield` and keeps it there, without keeping others from running.
   *
   * @throws GeneratorContractError, as a rejection, if it ends without a `yield`
   */
  hold<A extends unknown[], T>(
    fn: (...args: A) => Generator<T, unknown, undefined>,
    args: A,
    options?: CallOptions,
  ): Promise<HeldGenerator<T>>;
}

/** The mistake of giving a plain generator to an executor that cannot keep it. */
export function cannotHold(path: readonly string[]): TypeError {
  return new TypeError(
    `Provider \`${path.join(" → ")}\` is a plain generator, which the given \`pool\` cannot keep suspended, for it has no ` +
      `method \`hold\`: make the provider async, say inline, or give a Threadpool`,
  );
}

export function canHold(executor: Executor): executor is HoldingExecutor {
  return typeof (executor as Partial<HoldingExecutor>).hold === "function";
}
