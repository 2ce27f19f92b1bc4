import type { Nesting } from "./captivity.ts";
import type { OverrideRecord } from "../declare/override.ts";
import { Paths } from "./paths.ts";
import type { PlanNode } from "./plan-node.ts";
import type { Targets } from "../declare/targets.ts";

interface BlueprintParts {
  readonly targets: Targets;
  readonly targetNodes: readonly PlanNode[];
  readonly nodes: readonly PlanNode[];
  readonly nestings: readonly Nesting[];
  readonly overrides: readonly OverrideRecord[];
}

/** A compiled graph: all that can be known before anything runs. Never changes. */
export class Blueprint {
  readonly targets: Targets;
  readonly targetNodes: readonly PlanNode[];
  /** In plan order: dependencies before dependents. */
  readonly nodes: readonly PlanNode[];
  /** What each node waits for, by index. A walk starts with a copy. */
  readonly waits: readonly number[];
  /** No values yet. A walk starts with a copy of this, too. */
  readonly blank: readonly unknown[];
  /** The nodes that wait for nothing, in order of declaration. */
  readonly roots: readonly PlanNode[];
  /** Inputs that must be given for the resolution or a lifetime. */
  readonly requiredInputs: readonly PlanNode[];
  readonly nestings: readonly Nesting[];
  readonly overrides: readonly OverrideRecord[];
  /** A node of the resolution that needs teardown, if there is one. */
  readonly resource: PlanNode | undefined;
  /** The plain generators, which need an executor that can keep them. */
  readonly kept: readonly PlanNode[];
  readonly hasLazy: boolean;
  /** A node of each lifetime that the graph needs. */
  readonly borrowers: readonly PlanNode[];
  /**
   * The nodes in the order in which they start if every one of them is ready at once, so that they can run one after
   * the other; `undefined` if there is one that cannot be. It is the order in which they become ready; under a limit it
   * is that of the plan.
   */
  readonly atOnce:
    | { readonly unlimited: readonly PlanNode[]; readonly limited: readonly PlanNode[] }
    | undefined;
  #paths: Paths | undefined;

  constructor(parts: BlueprintParts) {
    this.targets = parts.targets;
    this.targetNodes = parts.targetNodes;
    const nodes = (this.nodes = parts.nodes);
    for (const node of nodes) node.plan = this;
    this.nestings = parts.nestings;
    this.overrides = parts.overrides;
    this.waits = nodes.map(({ waits }) => waits);
    this.blank = nodes.map(() => undefined);
    this.roots = nodes.filter(({ waits }) => waits === 0);
    this.requiredInputs = nodes.filter(({ provider }) => provider.input?.optional === false);
    this.resource = nodes.find(
      ({ provider, lifetime }) => lifetime === undefined && provider.kind.endsWith("generator"),
    );
    this.kept = nodes.filter(({ provider }) => provider.kind === "offloaded-generator");
    this.hasLazy = nodes.some(({ provider }) => provider.kind === "lazy");
    this.borrowers = [...new Map(nodes.map((node) => [node.lifetime, node])).values()].filter(
      ({ lifetime }) => lifetime !== undefined,
    );
    this.atOnce = nodes.every(isReadyAtOnce)
      ? { unlimited: orderOfArrival(this.roots, this.waits), limited: nodes }
      : undefined;
  }

  pathTo(node: PlanNode): string[] {
    this.#paths ??= new Paths(this.targetNodes, this.targets.labels);
    return this.#paths.to(node);
  }
}

/** Whether a node may be ready in the moment in which it starts. */
function isReadyAtOnce({ provider, lifetime }: PlanNode): boolean {
  const { kind, options } = provider;
  if (lifetime !== undefined) return false;
  if (kind === "input" || kind === "outcome") return true;
  return kind === "inline" && options.limit === undefined && options.timeoutMs === undefined;
}

/** First come, first served, as in a walk without a limit. */
function orderOfArrival(roots: readonly PlanNode[], waits: readonly number[]): readonly PlanNode[] {
  const order = [...roots];
  const left = [...waits];
  for (const node of order) {
    for (const dependent of node.dependents) {
      if (--left[dependent.index]! === 0) order.push(dependent);
    }
  }
  return order;
}
