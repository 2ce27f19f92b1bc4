import type { ParentScope } from "../../scope/scope-child.ts";
import type { Executor } from "../../threads/executor.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import type { Store } from "./store.ts";
import type { TeardownOrder } from "./teardown.ts";

/** How a plan is run, checked. */
export interface WalkOptions {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: ParentScope | null;
  /** The open lifetimes that were named, which must stay open while this runs. */
  readonly hosts: readonly Store[];
  /** Those, and what is around them. */
  readonly stores: ReadonlyMap<object, Store>;
  readonly concurrency: number;
  readonly teardown: TeardownOrder;
  readonly pool: Executor | undefined;
}

type Given =
  | { readonly failed: false; readonly value: unknown }
  | { readonly failed: true; readonly error: unknown };

/**
 * Reads what was given for an input, to the resolution or to the lifetime for which it is read. It may be a getter that
 * throws.
 */
export function readInput({ lifetime, provider }: PlanNode, options: WalkOptions): Given {
  const { name } = provider.input!;
  const { inputs, stores } = options;
  try {
    const given = lifetime === undefined ? inputs : stores.get(lifetime)!.inputsWith(name);
    return { failed: false, value: given[name] };
  } catch (error) {
    return { failed: true, error };
  }
}
