import { openDependencies as openIn } from "../dependencies/open-dependencies.ts";
import { resolveDependencies as resolveIn } from "../dependencies/resolve-dependencies.ts";
import type { AnyOptions } from "../dependencies/resolve-options.ts";
import type { Target } from "../dependencies/declare/targets.ts";
import { withImpliedScope } from "./current-scope.ts";

/**
 * Resolves a graph of providers below the current scope, runs the body with the values, and tears down what was
 * acquired; see `resolveDependencies` of `skein`. In the function of a provider the scope of its setup is the current
 * one; in a teardown there is none, for nothing cancels it; in the body it is the caller's.
 *
 * **Cancellation:** while values are set up, pending setups are cancelled and awaited, the body does not run, and
 * the promise rejects with the scope's reason. Once the body runs, cancellation is the body's business.
 *
 * @param target - a provider, or a record of providers
 * @param options - `{ inputs, scope, signal, within, overrides, concurrency, teardown, pool }`; another `scope` to
 *   resolve below
 * @param body - gets the values; what it returns is the result
 * @returns the result of the body, or the values
 * @throws TypeError or RangeError, synchronously, for a mistake in the arguments; otherwise what
 *   `resolveDependencies` of `skein` throws
 *
 * @example
 * ```ts
 * import { provide } from "skein";
 * import { failAfter, resolveDependencies, sleep } from "skein/ambient";
 *
 * const user = provide(async () => {
 *   await sleep(60_000);
 *   return "Ada";
 * });
 * const error = await failAfter(10, () => resolveDependencies({ user })).catch((error) => error);
 * console.log(error.name);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export const resolveDependencies: typeof resolveIn = (
  target: Target,
  options?: object,
  body?: (values: never) => unknown,
): Promise<never> =>
  resolveIn(target, withImpliedScope<AnyOptions>(options), body as never) as Promise<never>;

/**
 * Resolves a graph of providers below the current scope for as long as you keep it; see `openDependencies` of `skein`.
 *
 * **Cancellation:** as for {@link resolveDependencies}, until the values are there.
 *
 * @param target - a provider, or a record of providers
 * @param options - as for {@link resolveDependencies}
 * @throws what {@link resolveDependencies} throws
 *
 * @example
 * ```ts
 * import { provide } from "skein";
 * import { openDependencies } from "skein/ambient";
 *
 * const tx = provide(async function* () {
 *   yield "a transaction";
 *   console.log("commit");
 * });
 * const dependencies = await openDependencies({ tx });
 * console.log(dependencies.values.tx);
 * dependencies.done();
 * await dependencies[Symbol.asyncDispose]();
 * // prints: a transaction
 * // prints: commit
 * ```
 *
 * @public
 */
export const openDependencies: typeof openIn = (target: Target, options?: object): Promise<never> =>
  openIn(target, withImpliedScope<AnyOptions>(options)) as Promise<never>;
