import type { Blueprint } from "./blueprint.ts";
import type { PlanNode } from "./plan-node.ts";
import { setOwn } from "../../scope/own-property.ts";
import { noValues, type RecordShape } from "../declare/values-record.ts";

/** What the function of a node is given. @param values - by index */
export function depsOf(node: PlanNode, values: readonly unknown[]): object {
  if (node.deps.length === 0) return noValues;
  return recordOf(node.shape, node.provider.keys, node.deps, values);
}

/** What the caller asked for. */
export function valuesOfTargets(blueprint: Blueprint, values: readonly unknown[]): unknown {
  const { targetNodes, targets } = blueprint;
  if (targets.single) return values[targetNodes[0]!.index];
  return recordOf(targets.shape, targets.labels, targetNodes, values);
}

function recordOf(
  shape: RecordShape,
  names: readonly string[],
  nodes: readonly PlanNode[],
  values: readonly unknown[],
): object {
  const record = new shape.Empty();
  for (let i = 0; i < names.length; i++) {
    const value = values[nodes[i]!.index];
    if (shape.isSpecial) setOwn(record, names[i]!, value);
    else record[names[i]!] = value;
  }
  return record;
}
