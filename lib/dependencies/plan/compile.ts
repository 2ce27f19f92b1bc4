import { findNestings } from "./captivity.ts";
import { cycleError, CycleFound } from "./cycles.ts";
import { DORMANT, FATAL, GUARDED, type PlanNode } from "./plan-node.ts";
import { PlanOrder } from "./plan-order.ts";
import type { OverrideRecord } from "../declare/override.ts";
import { Blueprint } from "./blueprint.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import { markStoreKeys } from "./store-keys.ts";
import { Substitution } from "./substitution.ts";
import type { Targets } from "../declare/targets.ts";

/**
 * Makes the plan for some targets. Iterative throughout: a graph may be as deep and as wide as memory allows.
 *
 * @param taker - the `lazy` that the values are for, of another plan; a caller by default
 */
export function compile(
  targets: Targets,
  overrides: readonly OverrideRecord[],
  taker?: PlanNode,
): Blueprint {
  const substitution = new Substitution(overrides);
  const { order, roots } = orderOf(targets, substitution, taker);
  const { nodes } = order;
  countArrivals(nodes);
  markLevels(nodes, roots);
  const nestings = findNestings(nodes);
  markStoreKeys(nodes, substitution, taker);
  return new Blueprint({ targets, targetNodes: roots, nodes, nestings, overrides });
}

function orderOf(
  targets: Targets,
  substitution: Substitution,
  taker: PlanNode | undefined,
): { order: PlanOrder; roots: PlanNode[] } {
  const loose = new Set<ProviderRecord>();
  for (;;) {
    const order = new PlanOrder(substitution, loose, taker);
    try {
      const roots = targets.providers.map((target, i) => order.visit(target, targets.labels[i]!));
      return { order, roots };
    } catch (error) {
      if (!(error instanceof CycleFound)) throw error;
      const { lazies } = error;
      if (lazies.length === 0) throw cycleError(targets.providers, targets.labels, substitution);
      for (const lazy of lazies) loose.add(lazy);
    }
  }
}

function countArrivals(nodes: readonly PlanNode[]): void {
  for (const node of nodes) {
    for (const before of node.after) wait(node, before);
    for (const dependency of node.deps) wait(node, dependency);
    if (node.provider.kind === "outcome") wait(node, node.inner!);
  }
}

function wait(node: PlanNode, dependency: PlanNode): void {
  dependency.isAwaitedBy(node);
  node.waits++;
}

/** Says of each node whether it runs at all and whom its failure concerns; dependents come before dependencies. */
function markLevels(nodes: readonly PlanNode[], roots: readonly PlanNode[]): void {
  for (const root of roots) root.level = FATAL;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const { level } = node;
    if (level === DORMANT) {
      node.waits++;
      continue;
    }
    for (const before of node.after) raise(before, level);
    for (const dependency of node.deps) raise(dependency, level);
    if (node.provider.kind === "outcome") raise(node.inner!, GUARDED);
  }
}

function raise(node: PlanNode, level: number): void {
  if (node.level < level) node.level = level;
}
