import { got, SkeinError } from "../errors.ts";
import type { Blueprint } from "./plan/blueprint.ts";
import type { InputsOf, RequiredNames, WithoutInputs } from "./declare/need.ts";
import { type Override, overridesOf } from "./declare/override.ts";
import { planFor } from "./plan/plan-cache.ts";
import {
  type AnyOptions,
  type GivenInputs,
  type ResolutionOptions,
  RESOLVE_OPTIONS,
} from "./resolve-options.ts";
import { runWalk } from "./run-walk.ts";
import type { Resolved, Target, TargetNeeds } from "./declare/targets.ts";

/**
 * How targets are resolved. `inputs` must have what the graph asks for. With `overrides`, what only the replaced
 * providers asked for may be left out.
 *
 * @public
 */
export type ResolveOptions<Needs, OverrideNeeds = never> = ResolutionOptions &
  (
    | (GivenInputs<Needs> & { readonly overrides?: undefined })
    | {
        readonly overrides: readonly Override<OverrideNeeds>[];
        readonly inputs?: (Partial<InputsOf<Needs>> & InputsOf<OverrideNeeds>) | undefined;
      }
  );

/**
 * Resolves a graph of providers, runs the body with the values, and tears down what was acquired.
 *
 * Every provider runs once. One starts in the moment in which everything that it depends on is ready, so what does not
 * depend on each other overlaps. When one fails, nothing further starts, pending setups are cancelled and awaited, what
 * was acquired is torn down, and then the promise rejects: nothing is left running and nothing is left open. Resources
 * are torn down after the body, dependents first, and each is told whether all went well. A generator that throws
 * another error in reply replaces the one it was told of.
 *
 * Without a body the promise gives the values; that is possible only where nothing needs a teardown.
 *
 * Cancellation: if it comes while values are set up, pending setups are cancelled and awaited, the body does not run,
 * and the promise rejects with the reason. Once the body runs, cancellation is the body's business. A
 * teardown cannot be cancelled.
 *
 * @param target - a provider, or a record of providers; the plan for what is in it is kept
 * @param options - `{ inputs, scope, signal, within, overrides, concurrency, teardown, pool }`
 * @param body - gets the values; what it returns is the result
 * @returns the result of the body, or the values
 *
 * @throws TypeError or RangeError, synchronously, for a mistake in the arguments
 * @throws CycleError, CaptiveDependencyError, MissingInputError or LifetimeNotOpenError before anything runs
 * @throws the first failure of a setup, of the body or of a teardown, by identity, or what a generator that was told of
 *   it has thrown instead; `failuresOf` gives them all and `dependencyPath` says where each came from
 *
 * @example
 * ```ts
 * import { input, provide, resolveDependencies } from "skein";
 *
 * const token = input<string>()("token");
 * const tx = provide(async function* () {
 *   console.log("begin");
 *   yield { userBy: async (token: string) => token.toUpperCase() };
 *   console.log("commit");
 * });
 * const user = provide({ tx, token }, async ({ tx, token }) => tx.userBy(token));
 *
 * const reply = await resolveDependencies({ user }, { inputs: { token: "ada" } }, ({ user }) => `Hello ${user}`);
 * console.log(reply);
 * // prints: begin
 * // prints: commit
 * // prints: Hello ADA
 * ```
 *
 * @public
 */
export function resolveDependencies<T extends Target, R, OverrideNeeds = never>(
  target: T,
  options: ResolveOptions<TargetNeeds<T>, OverrideNeeds>,
  body: (values: Resolved<T>) => R | PromiseLike<R>,
): Promise<R>;
/** @public */
export function resolveDependencies<T extends Target, OverrideNeeds = never>(
  target: T,
  options:
    | ResolveOptions<TargetNeeds<T>, OverrideNeeds>
    | ([RequiredNames<TargetNeeds<T>>] extends [never] ? undefined : never),
): Promise<Resolved<T>>;
/** @public */
export function resolveDependencies<T extends Target>(
  target: T & WithoutInputs<TargetNeeds<T>>,
): Promise<Resolved<T>>;
export function resolveDependencies(
  target: Target,
  given?: AnyOptions,
  body?: (values: never) => unknown,
): Promise<unknown> {
  const options = RESOLVE_OPTIONS.read(given);
  if (body !== undefined && typeof body !== "function") {
    throw new TypeError(`Expected \`body\` to be a function, got ${got(body)}`);
  }
  let blueprint: Blueprint;
  try {
    blueprint = planFor(target, overridesOf(options));
  } catch (error) {
    if (error instanceof SkeinError) return Promise.reject(error);
    throw error;
  }
  if (body === undefined) refuseResources(blueprint);
  return runWalk(blueprint, options, body);
}

/** Without a body nobody could say when what was acquired may go. */
export function refuseResources(blueprint: Blueprint): void {
  const { resource } = blueprint;
  if (resource === undefined) return;
  throw new TypeError(
    `Expected a body, since \`${blueprint.pathTo(resource).join(" → ")}\` needs teardown after it: ` +
      `pass a body, or use openDependencies`,
  );
}
