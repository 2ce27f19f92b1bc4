import type { Executor } from "../../threads/executor.ts";
import type { Blueprint } from "../plan/blueprint.ts";
import type { PlanNode } from "../plan/plan-node.ts";

/** A value that lives in a lifetime, or is on its way there. */
export interface StoreEntry {
  readonly ready: boolean;
  readonly value: unknown;
  /** Settles when the creation does. Rejections of it count as observed. */
  readonly created: Promise<void>;
}

/** What a walk needs of an open lifetime. */
export interface Store {
  /** Whether it is this open lifetime, or inside it. */
  _isIn(host: object): boolean;
  find(node: PlanNode): StoreEntry | undefined;
  /** @param pool - where whoever needs the value has plain functions run */
  create(node: PlanNode, deps: object, pool: Executor | undefined): StoreEntry;
  /** The inputs, of this lifetime or the nearest around it, that have this name. */
  inputsWith(name: string): Readonly<Record<string, unknown>>;
  lazyFunction(
    node: PlanNode,
    blueprint: Blueprint,
    pool: Executor | undefined,
  ): () => Promise<unknown>;
}
