import { edgesOf } from "./captivity.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import type { Substitution } from "./substitution.ts";

/**
 * Decides what each value of a longer lifetime is kept under. It is the provider, so that all plans share the
 * value, unless overrides changed something below it: then it is a name for this provider with just these
 * overrides, so that a test which replaces the database never sees, nor leaves behind, a repository over another one.
 * What stands in one place only is kept under that place: the one that takes it, and where there.
 *
 * @param taker - whose `inner` the plan is for, if it is not for a caller
 */
export function markStoreKeys(
  nodes: readonly PlanNode[],
  substitution: Substitution,
  taker: PlanNode | undefined,
): void {
  const changes = new Map<PlanNode, ReadonlySet<string>>();
  const stored = nodes.filter(({ lifetime }) => lifetime !== undefined);
  for (const node of stored) {
    const below = substitution.empty ? none : changesBelow(node, changes);
    if (below.size > 0) changes.set(node, below);
    const { identity } = node.provider;
    node.storeKey = below.size === 0 ? identity : `${identity.serial}(${[...below].sort().join()})`;
  }
  const keyed = stored.filter(({ consumer }) => consumer === undefined || consumer === taker);
  for (const node of keyed) {
    if (taker !== undefined && node.consumer === taker) node.storeKey = taker.inner!.storeKey;
    let place = 0;
    for (const child of edgesOf(node)) {
      if (child.consumer === node) {
        child.storeKey = `${keyText(node)}.${place}`;
        keyed.push(child);
      }
      place++;
    }
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
