import { FATAL, type PlanNode } from "./plan-node.ts";

/**
 * The plain provider that takes the value of this one, if nobody else does and nothing has to be done on this thread
 * between the two.
 */
export function successorOf(node: PlanNode): PlanNode | undefined {
  if (node.dependents.length !== 1 || !isPlain(node)) return undefined;
  const next = node.dependents[0]!;
  return isPlain(next) && next.after.length === 0 ? next : undefined;
}

function isPlain({ provider, lifetime, level }: PlanNode): boolean {
  const { limit, timeoutMs } = provider.options;
  const isFree = limit === undefined && timeoutMs === undefined;
  return isFree && provider.kind === "offloaded" && lifetime === undefined && level === FATAL;
}
