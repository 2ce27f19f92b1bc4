import type { Blueprint } from "./blueprint.ts";
import type { PlanNode } from "./plan-node.ts";
import { noValues } from "./values-record.ts";

/** What the function of a node is given. @param values - by index */
export function depsOf(node: PlanNode, values: readonly unknown[]): object {
  if (node.deps.length === 0) return noValues;
  const record = new node.shape.Empty();
  const { deps } = node;
  const { keys } = node.provider;
  for (let i = 0; i < keys.length; i++) record[keys[i]!] = values[deps[i]!.index];
  return record;
}

/** What the caller asked for. */
export function valuesOfTargets(blueprint: Blueprint, values: readonly unknown[]): unknown {
  const { targetNodes, targets } = blueprint;
  if (targets.single) return values[targetNodes[0]!.index];
  const record = new targets.shape.Empty();
  const { labels } = targets;
  for (let i = 0; i < labels.length; i++) record[labels[i]!] = values[targetNodes[i]!.index];
  return record;
}
