import type { AnyLifetime } from "../declare/open-lifetime.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import type { RecordShape } from "../declare/values-record.ts";

/** Runs only when a lazy function asks for it; a failure concerns only whoever asked. */
export const DORMANT = 0;
/** Runs, but every way to it leads through an `outcome`: its failure is data. */
export const GUARDED = 1;
/** Runs, and its failure fails the resolution. */
export const FATAL = 2;

/**
 * One run of a provider in a plan. A provider has one node, except that inputs have one per lifetime that they
 * are read in, and `fresh`, `lazy` and `outcome` have one per place where they stand.
 */
export class PlanNode {
  readonly provider: ProviderRecord;
  /** Where the value lives; `undefined`: in the resolution. */
  readonly lifetime: AnyLifetime | undefined;
  /** The key under which it was first met. */
  readonly label: string;
  /** The dependencies, in the order of the provider's keys. */
  readonly deps: PlanNode[];
  readonly after: PlanNode[];
  /** What a `lazy` or an `outcome` is about. */
  inner: PlanNode | undefined = undefined;
  /** Invariant: greater than the index of everything that must be ready before this starts. */
  index = -1;
  /** How many arrivals it waits for before it starts; one more if it is dormant, for being asked. */
  waits = 0;
  /** The nodes that wait for this one, once for each edge. */
  dependents: readonly PlanNode[] = nobody;
  level: number = DORMANT;
  /** The plan that it is part of. Invariant: there once that is made. */
  plan: { pathTo(node: PlanNode): string[] } | null = null;
  /** What its value is kept under in an open lifetime. */
  storeKey: unknown = undefined;
  /** The one that takes the value, for a node that stands in one place only. */
  readonly consumer: PlanNode | undefined;
  /** Of the values of its dependencies. */
  readonly shape: RecordShape;

  constructor(
    provider: ProviderRecord,
    lifetime: AnyLifetime | undefined,
    label: string,
    shape: RecordShape,
    consumer?: PlanNode,
  ) {
    this.provider = provider;
    this.lifetime = lifetime;
    this.label = label;
    this.consumer = consumer;
    this.shape = shape;
    this.deps = room(provider.deps.length);
    this.after = room(provider.after.length);
  }

  isAwaitedBy(dependent: PlanNode): void {
    if (this.dependents === nobody) this.dependents = [dependent];
    else (this.dependents as PlanNode[]).push(dependent);
  }
}

const nobody: PlanNode[] = [];

/** An array of just that size; one that grows by itself has room for seventeen, which many nodes would feel. */
function room(size: number): PlanNode[] {
  if (size === 0) return nobody;
  const nodes: PlanNode[] = [];
  nodes.length = size;
  return nodes;
}
