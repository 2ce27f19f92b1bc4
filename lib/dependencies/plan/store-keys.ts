import { edgesOf } from "./captivity.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import type { Substitution } from "./substitution.ts";

/**
 * Decides what each value of a longer lifetime is kept under. It is the provider, so that all plans share the
 * value, unless overrides changed something below it: then it is a name for this provider with just these
 * overrides, so that a test which replaces the database never sees, nor leaves behind, a repository over another one.
 */
export function markStoreKeys(nodes: readonly PlanNode[], substitution: Substitution): void {
  const changes = new Map<PlanNode, ReadonlySet<string>>();
  for (const node of nodes) {
    if (node.lifetime === undefined) continue;
    const below = substitution.empty ? none : changesBelow(node, changes);
    if (below.size > 0) changes.set(node, below);
    const { identity } = node.provider;
    node.storeKey = below.size === 0 ? identity : `${identity.serial}(${[...below].sort().join()})`;
  }
  for (const node of nodes) {
    if (node.lifetime === undefined) continue;
    node.provider.deps.forEach((given, i) => {
      if (given.kind !== "fresh") return;
      node.deps[i]!.storeKey = `${keyText(node)}.${node.provider.keys[i]!}`;
    });
  }
}

const none: ReadonlySet<string> = new Set();

function changesBelow(
  node: PlanNode,
  changes: ReadonlyMap<PlanNode, ReadonlySet<string>>,
): ReadonlySet<string> {
  const { provider } = node;
  const given = [
    ...provider.after,
    ...provider.deps,
    ...(provider.inner === undefined ? [] : [provider.inner]),
  ];
  const below = new Set<string>();
  let place = 0;
  for (const child of edgesOf(node)) {
    const declared = unwrapped(given[place++]!);
    if (declared !== child.provider) below.add(`${declared.serial}>${child.provider.serial}`);
    for (const change of changes.get(child) ?? none) below.add(change);
  }
  return below;
}

function unwrapped(provider: ProviderRecord): ProviderRecord {
  let inner = provider;
  while (inner.kind === "fresh") inner = inner.inner!;
  return inner;
}

function keyText(node: PlanNode): string {
  const { storeKey, provider } = node;
  return typeof storeKey === "string" ? storeKey : String(provider.identity.serial);
}
