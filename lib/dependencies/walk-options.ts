import type { Trunk } from "../scope/branch.ts";
import type { Executor } from "../threads/executor.ts";
import type { PlanNode } from "./plan-node.ts";
import type { Store } from "./store.ts";
import type { TeardownOrder } from "./teardown.ts";

/** How a plan is run, checked. */
export interface WalkOptions {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: Trunk | null;
  /** The open lifetimes that were named, which must stay open while this runs. */
  readonly hosts: readonly Store[];
  /** Those, and what is around them. */
  readonly stores: ReadonlyMap<object, Store>;
  readonly concurrency: number;
  readonly teardown: TeardownOrder;
  readonly pool: Executor | undefined;
}

/** What was given for an input: to the resolution, or to the lifetime for which it is read. */
export function inputOf({ lifetime, provider }: PlanNode, options: WalkOptions): unknown {
  const { name } = provider.input!;
  const { inputs, stores } = options;
  return (lifetime === undefined ? inputs : stores.get(lifetime)!.inputsWith(name))[name];
}
