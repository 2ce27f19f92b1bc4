import type { Blueprint } from "./blueprint.ts";
import { describeSite } from "../declare/declaration-site.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderKind } from "../declare/provider.ts";
import { setOwn } from "../../scope/own-property.ts";

/**
 * A provider in a graph.
 *
 * @public
 */
export interface GraphNode {
  /** Its place in plan order: dependencies before dependents. */
  readonly id: number;
  /** The provider's own name, or the key under which it was first met. */
  readonly name: string;
  readonly kind: ProviderKind;
  /** The name of its lifetime; `undefined` for one resolution. */
  readonly lifetime: string | undefined;
  /** Where it was declared, as in a stack: `file:///app/users.ts:12:21`; `undefined` for a `lazy` or an `outcome`. */
  readonly source: string | undefined;
}

/**
 * A dependency in a graph.
 *
 * @public
 */
export interface GraphEdge {
  /** The `id` of the one that depends. */
  readonly from: number;
  /** The `id` of what it depends on. */
  readonly to: number;
  /** The key; `undefined` where no value is passed. */
  readonly key: string | undefined;
  /** `"value"` passes the value, `"after"` only orders, `"lazy"` and `"outcome"` are what those functions make. */
  readonly kind: "value" | "after" | "lazy" | "outcome";
}

/**
 * What a plan consists of.
 *
 * @public
 */
export interface DependencyGraph {
  /** In plan order. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The targets by key. */
  readonly targets: Readonly<Record<string, number>>;
}

export function graphOf(blueprint: Blueprint): DependencyGraph {
  const { nodes, targets, targetNodes } = blueprint;
  const ids: Record<string, number> = {};
  targets.labels.forEach((label, i) => setOwn(ids, label, targetNodes[i]!.index));
  return { nodes: nodes.map(describe), edges: nodes.flatMap(edgesBelow), targets: ids };
}

function describe(node: PlanNode): GraphNode {
  const { provider, index, label, lifetime } = node;
  return {
    id: index,
    name: provider.name || label,
    kind: provider.kind,
    lifetime: lifetime?.name,
    source: provider.site && describeSite(provider.site),
  };
}

function edgesBelow(node: PlanNode): GraphEdge[] {
  const { provider, index: from } = node;
  const edges: GraphEdge[] = node.after.map(({ index }) => ({
    from,
    to: index,
    key: undefined,
    kind: "after",
  }));
  node.deps.forEach(({ index }, i) =>
    edges.push({ from, to: index, key: provider.keys[i], kind: "value" }),
  );
  if (node.inner !== undefined) {
    const kind = provider.kind === "lazy" ? "lazy" : "outcome";
    edges.push({ from, to: node.inner.index, key: undefined, kind });
  }
  return edges;
}

const arrows = {
  value: "-->",
  after: "-.->",
  lazy: "-. lazy .->",
  outcome: "-. outcome .->",
} as const;

/** The graph as a Mermaid flowchart: an arrow leads from what depends to what it depends on. */
export function mermaidOf({ nodes, edges }: DependencyGraph): string {
  const lines = ["flowchart TD"];
  for (const { id, name, kind, lifetime } of nodes) {
    const where = lifetime === undefined ? kind : `${kind}, ${lifetime}`;
    lines.push(`  n${id}["${escaped(name)}<br/><small>${escaped(where)}</small>"]`);
  }
  for (const { from, to, key, kind } of edges) {
    const arrow = key === undefined ? arrows[kind] : `-->|"${escaped(key)}"|`;
    lines.push(`  n${from} ${arrow} n${to}`);
  }
  return `${lines.join("\n")}\n`;
}

function escaped(text: string): string {
  return text.replace(/[#"<>&\n]/g, (character) => `#${character.codePointAt(0)};`);
}
