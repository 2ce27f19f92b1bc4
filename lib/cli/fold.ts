import type { ReportNode } from "../observe/process-report.ts";
import { type Pattern, patternOf, widen } from "./pattern.ts";

/** Siblings that look the same, as one. */
export interface Folded {
  readonly kind: ReportNode["kind"];
  readonly name: Pattern;
  /** What is said of all of them alike. */
  readonly states: readonly string[];
  /** How many they are, below one parent. */
  count: number;
  readonly deadline: Range | undefined;
  /** For how long they have been seen, where somebody has watched. */
  readonly seen: Range | undefined;
  /** Of each of them. */
  readonly children: readonly Folded[];
}

export interface Range {
  least: number;
  most: number;
}

/**
 * Folds siblings that differ in nothing but numbers.
 *
 * @param seenMs - for how long a node has been watched
 */
export function fold(
  nodes: readonly ReportNode[],
  seenMs: (node: ReportNode) => number | undefined,
): Folded[] {
  const byKey = new Map<string, Folded>();
  for (const node of nodes) {
    const folded = foldedOf(node, seenMs);
    const key = keyOf(folded);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, folded);
    else merge(same, folded, true);
  }
  return [...byKey.values()];
}

function foldedOf(node: ReportNode, seenMs: (node: ReportNode) => number | undefined): Folded {
  const states: string[] = [];
  if (node.status !== undefined && node.status !== "running") states.push(node.status);
  if (node.joined === false) states.push("not joined");
  if (node.cancelled !== undefined) states.push(`cancelled and not ended (${node.cancelled})`);
  if (node.site !== undefined) states.push(node.site);
  return {
    kind: node.kind,
    name: patternOf(node.name),
    states,
    count: 1,
    deadline: rangeOf(node.deadlineInMs),
    seen: rangeOf(seenMs(node)),
    children: fold(node.children, seenMs),
  };
}

function rangeOf(value: number | undefined): Range | undefined {
  return value === undefined ? undefined : { least: value, most: value };
}

function keyOf({ kind, name, states, deadline, children }: Folded): string {
  const below = children.map((child) => `${child.count} ${keyOf(child)}`);
  return JSON.stringify([kind, name.key, states, deadline !== undefined, below]);
}

function merge(into: Folded, other: Folded, isSibling: boolean): void {
  if (isSibling) into.count += other.count;
  widen(into.name, other.name);
  widenRange(into.deadline, other.deadline);
  widenRange(into.seen, other.seen);
  for (const [index, child] of other.children.entries()) merge(into.children[index]!, child, false);
}

function widenRange(range: Range | undefined, by: Range | undefined): void {
  if (range === undefined || by === undefined) return;
  range.least = Math.min(range.least, by.least);
  range.most = Math.max(range.most, by.most);
}
