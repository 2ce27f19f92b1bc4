import { CycleError } from "../../errors.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import { nameOf, type Substitution } from "./substitution.ts";

/** Thrown by the depth-first walk when it comes back to a node that it is still below. */
export class CycleFound {
  readonly nodes: readonly PlanNode[];

  constructor(nodes: readonly PlanNode[]) {
    this.nodes = nodes;
  }

  /** The lazy edges on the way round. A circle that has one is none: it need not be run to its end. */
  get lazies(): ProviderRecord[] {
    return this.nodes.map(({ provider }) => provider).filter(({ kind }) => kind === "lazy");
  }
}

interface Edge {
  readonly to: ProviderRecord;
  readonly label: string;
}

/**
 * How many edges are followed in search of a shorter circle than the first; in larger graphs it may not be the
 * shortest.
 */
const EFFORT = 1_000_000;

/** The error for a graph that has a circle: it names the shortest, beginning where the targets come in. */
export function cycleError(
  targets: readonly ProviderRecord[],
  labels: readonly string[],
  substitution: Substitution,
): CycleError {
  const graph = explore(targets, substitution);
  const names = new Map<ProviderRecord, string>();
  targets.forEach((target, i) => names.set(substitution.of(target), labels[i]!));
  for (const edges of graph.values()) {
    for (const { to, label } of edges) if (!names.has(to)) names.set(to, label);
  }
  let shortest: Edge[] | undefined;
  const search = { effort: 0 };
  for (const start of core(graph)) {
    shortest = wayBack(graph, start, shortest?.length ?? Infinity, search) ?? shortest;
    if (search.effort > EFFORT) break;
  }
  const last = shortest!.at(-1)!;
  const path = [
    names.get(last.to) ?? last.label,
    ...shortest!.slice(0, -1).map(({ label }) => label),
  ];
  path.push(path[0]!);
  return new CycleError(`Providers depend on each other in a circle: ${path.join(" → ")}`, path);
}

type Graph = Map<ProviderRecord, Edge[]>;

/** Everything reachable over edges that are not lazy, in order of distance from the targets. */
function explore(targets: readonly ProviderRecord[], substitution: Substitution): Graph {
  const graph: Graph = new Map();
  const add = (provider: ProviderRecord): ProviderRecord => {
    if (!graph.has(provider)) graph.set(provider, []);
    return provider;
  };
  for (const target of targets) add(substitution.of(target));
  for (const [provider, edges] of graph) {
    for (const before of provider.after)
      edges.push({ to: add(substitution.of(before)), label: nameOf(before) });
    provider.deps.forEach((dependency, i) =>
      edges.push({ to: add(substitution.of(dependency)), label: provider.keys[i]! }),
    );
    if (provider.inner !== undefined && provider.kind !== "lazy") {
      edges.push({ to: add(substitution.of(provider.inner)), label: provider.inner.name });
    }
  }
  return graph;
}

/** What is left after taking away, again and again, what nothing leads to and what leads nowhere. */
function core(graph: Graph): ProviderRecord[] {
  const backward: Map<ProviderRecord, ProviderRecord[]> = new Map();
  for (const provider of graph.keys()) backward.set(provider, []);
  for (const [provider, edges] of graph)
    for (const { to } of edges) backward.get(to)!.push(provider);
  const left = new Set(graph.keys());
  strip(
    left,
    (provider) => graph.get(provider)!.length,
    (provider) => backward.get(provider)!,
  );
  strip(
    left,
    (provider) => backward.get(provider)!.filter((from) => left.has(from)).length,
    (provider) => graph.get(provider)!.map(({ to }) => to),
  );
  return [...left];
}

function strip(
  left: Set<ProviderRecord>,
  countOf: (provider: ProviderRecord) => number,
  neighbours: (provider: ProviderRecord) => ProviderRecord[],
): void {
  const counts = new Map<ProviderRecord, number>();
  for (const provider of left) counts.set(provider, countOf(provider));
  const bare = [...left].filter((provider) => counts.get(provider) === 0);
  for (let provider = bare.pop(); provider !== undefined; provider = bare.pop()) {
    left.delete(provider);
    for (const neighbour of neighbours(provider)) {
      if (!left.has(neighbour)) continue;
      const count = counts.get(neighbour)! - 1;
      counts.set(neighbour, count);
      if (count === 0) bare.push(neighbour);
    }
  }
}

/** The shortest way from `start` back to it, if it has fewer edges than `limit`. */
function wayBack(
  graph: Graph,
  start: ProviderRecord,
  limit: number,
  search: { effort: number },
): Edge[] | undefined {
  const reached = new Map<ProviderRecord, { edge: Edge; from: ProviderRecord; length: number }>();
  const queue = [start];
  for (const provider of queue) {
    const length = (reached.get(provider)?.length ?? 0) + 1;
    if (length >= limit) return undefined;
    for (const edge of graph.get(provider)!) {
      search.effort++;
      if (reached.has(edge.to)) continue;
      reached.set(edge.to, { edge, from: provider, length });
      if (edge.to === start) return traceBack(reached, start);
      queue.push(edge.to);
    }
  }
  return undefined;
}

function traceBack(
  reached: ReadonlyMap<ProviderRecord, { edge: Edge; from: ProviderRecord }>,
  start: ProviderRecord,
): Edge[] {
  const way: Edge[] = [];
  let at = start;
  do {
    const { edge, from } = reached.get(at)!;
    way.push(edge);
    at = from;
  } while (at !== start);
  return way.reverse();
}
