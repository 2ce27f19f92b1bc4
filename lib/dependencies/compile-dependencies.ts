import { got } from "../errors.ts";
import { KnownOptions } from "../scope/options.ts";
import type { Blueprint } from "./plan/blueprint.ts";
import { type DependencyGraph, graphOf, mermaidOf } from "./plan/graph.ts";
import { checkOverrides, type Override, overridesOf } from "./declare/override.ts";
import { planFor } from "./plan/plan-cache.ts";
import { refuseResources } from "./resolve-dependencies.ts";
import {
  type AnyOptions,
  type GivenInputs,
  type ResolutionOptions,
  RUN_OPTIONS,
} from "./resolve-options.ts";
import { runWalk } from "./run-walk.ts";
import type { Resolved, Target, TargetNeeds } from "./declare/targets.ts";

/**
 * A compiled graph of providers.
 *
 * @public
 */
export interface Plan<out Values, Needs> {
  /** Resolves the targets and runs the body, as `resolveDependencies` does. */
  run<R>(
    options: ResolutionOptions & GivenInputs<Needs>,
    body: (values: Values) => R | PromiseLike<R>,
  ): Promise<R>;
  /** Resolves the targets where nothing needs a teardown. */
  run(options: ResolutionOptions & GivenInputs<Needs>): Promise<Values>;
  /** The nodes and edges of the graph, without running anything. */
  graph(): DependencyGraph;
  /** The graph as a Mermaid flowchart. */
  toMermaid(): string;
}

const COMPILE_OPTIONS = /* @__PURE__ */ new KnownOptions<Pick<AnyOptions, "overrides">>(
  "A plan",
  () => ({
    overrides: checkOverrides,
  }),
);

class CompiledPlan {
  readonly #blueprint: Blueprint;

  constructor(blueprint: Blueprint) {
    this.#blueprint = blueprint;
  }

  run(given?: AnyOptions, body?: (values: never) => unknown): Promise<unknown> {
    const options = RUN_OPTIONS.read(given);
    if (body === undefined) refuseResources(this.#blueprint);
    else if (typeof body !== "function") {
      throw new TypeError(`Expected \`body\` to be a function, got ${got(body)}`);
    }
    return runWalk(this.#blueprint, options, body);
  }

  graph(): DependencyGraph {
    return graphOf(this.#blueprint);
  }

  toMermaid(): string {
    return mermaidOf(this.graph());
  }
}

/**
 * Compiles the graph below some targets, once, for many runs. Cycles and captive dependencies are found here.
 *
 * @param target - a provider, or a record of providers
 * @param options - the overrides that are part of the plan
 *
 * @returns the plan, to be run as often as wanted
 * @throws CycleError if providers depend on each other in a circle
 * @throws CaptiveDependencyError if a provider would outlive what it depends on
 *
 * @example
 * ```ts
 * import { compileDependencies, inline, input } from "skein";
 *
 * const token = input<string>()("token");
 * const locale = inline({ token }, ({ token }) => token.slice(0, 2));
 * const plan = compileDependencies({ locale });
 *
 * console.log(plan.graph().nodes.map(({ name }) => name));
 * console.log(await plan.run({ inputs: { token: "en-42" } }, ({ locale }) => locale));
 * // prints: [ 'token', 'locale' ]
 * // prints: en
 * ```
 *
 * @public
 */
export function compileDependencies<T extends Target, OverrideNeeds = never>(
  target: T,
  options?: { readonly overrides?: readonly Override<OverrideNeeds>[] | undefined },
): Plan<Resolved<T>, TargetNeeds<T> | OverrideNeeds> {
  const overrides = overridesOf(COMPILE_OPTIONS.read(options));
  return new CompiledPlan(planFor(target, overrides)) as Plan<
    Resolved<T>,
    TargetNeeds<T> | OverrideNeeds
  >;
}
