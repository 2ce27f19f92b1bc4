import type { Nesting } from "./captivity.ts";
import type { OverrideRecord } from "./override.ts";
import { Paths } from "./paths.ts";
import type { PlanNode } from "./plan-node.ts";
import type { Targets } from "./targets.ts";

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
  readonly hasLazy: boolean;
  /** A node of each lifetime that the graph needs. */
  readonly borrowers: readonly PlanNode[];
  #paths: Paths | undefined;

  constructor(parts: BlueprintParts) {
    this.targets = parts.targets;
    this.targetNodes = parts.targetNodes;
    const nodes = (this.nodes = parts.nodes);
    this.nestings = parts.nestings;
    this.overrides = parts.overrides;
    this.waits = nodes.map(({ waits }) => waits);
    this.blank = nodes.map(() => undefined);
    this.roots = nodes.filter(({ waits }) => waits === 0);
    this.requiredInputs = nodes.filter(({ provider }) => provider.input?.optional === false);
    this.resource = nodes.find(
      ({ provider, lifetime }) => lifetime === undefined && provider.kind.endsWith("generator"),
    );
    this.hasLazy = nodes.some(({ provider }) => provider.kind === "lazy");
    this.borrowers = [...new Map(nodes.map((node) => [node.lifetime, node])).values()].filter(
      ({ lifetime }) => lifetime !== undefined,
    );
  }

  pathTo(node: PlanNode): string[] {
    this.#paths ??= new Paths(this.targetNodes, this.targets.labels);
    return this.#paths.to(node);
  }
}
