import { CaptiveDependencyError } from "../../errors.ts";
import type { AnyLifetime } from "../declare/open-lifetime.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";

/** A provider of the lifetime `inner` takes a value of the lifetime `outer`, which therefore must enclose it. */
export interface Nesting {
  readonly inner: AnyLifetime;
  readonly outer: AnyLifetime;
  readonly node: PlanNode;
  readonly dependency: PlanNode;
}

/**
 * Refuses providers that would keep a value longer than it lives, and lists what the others require of the
 * nesting of lifetimes, which the application decides when it opens them.
 */
export function findNestings(nodes: readonly PlanNode[]): Nesting[] {
  const nestings: Nesting[] = [];
  for (const node of nodes) {
    const inner = node.lifetime;
    if (inner === undefined) continue;
    for (const dependency of edgesOf(node)) {
      const outer = dependency.lifetime;
      if (outer === inner) continue;
      if (outer === undefined) throw captive(node, dependency);
      if (nestings.some((known) => known.inner === inner && known.outer === outer)) continue;
      if (encloses(nestings, inner, outer)) throw captive(node, dependency);
      nestings.push({ inner, outer, node, dependency });
    }
  }
  return nestings;
}

/** Everything a node depends on, in whatever way. */
export function* edgesOf(node: PlanNode): Iterable<PlanNode> {
  yield* node.after;
  yield* node.deps;
  if (node.inner !== undefined) yield node.inner;
}

/** Whether, by what is required so far, `lifetime` already must enclose `other`. */
function encloses(
  nestings: readonly Nesting[],
  lifetime: AnyLifetime,
  other: AnyLifetime,
): boolean {
  const reached = new Set([other]);
  for (const each of reached) {
    for (const { inner, outer } of nestings) if (inner === each) reached.add(outer);
  }
  return reached.has(lifetime);
}

export function captive(node: PlanNode, dependency: PlanNode): CaptiveDependencyError {
  const path = [node.label, dependency.label];
  const [longer, shorter] = [lifetimeOf(node.lifetime), lifetimeOf(dependency.lifetime)];
  return new CaptiveDependencyError(
    `\`${node.label}\` (${longer}) would outlive what it depends on, \`${dependency.label}\` (${shorter}): ` +
      `${path.join(" → ")}. Give \`${dependency.label}\` that lifetime too, or take it from \`${node.label}\``,
    path,
  );
}

function lifetimeOf(lifetime: AnyLifetime | undefined): string {
  return lifetime === undefined ? "one resolution" : `lifetime "${lifetime.name}"`;
}

/** A replacement may live longer than the original, not shorter: whoever keeps the original would keep it too long. */
export function checkReplacement(original: ProviderRecord, replacement: ProviderRecord): void {
  const { lifetime } = original;
  if (lifetime === undefined || replacement.lifetime === lifetime) return;
  if (replacement.lifetime !== undefined) return;
  const path = [original.name, replacement.name];
  throw new CaptiveDependencyError(
    `The override of \`${original.name}\` (${lifetimeOf(lifetime)}) lives in ${lifetimeOf(undefined)} only: ` +
      `declare the replacement with \`provide.in\` or \`inline.in\` that lifetime`,
    path,
  );
}
