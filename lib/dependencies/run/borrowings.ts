import type { PlanNode } from "../plan/plan-node.ts";
import type { StoreEntry } from "./store.ts";

/** Who borrows values of longer lifetimes. */
export interface Borrower {
  borrowed(node: PlanNode, value: unknown): void;
  notBorrowed(node: PlanNode, error: unknown): void;
}

/** A resolution's waits for values that are made elsewhere. One that gives up merely stops waiting. */
export class Borrowings {
  readonly #borrower: Borrower;
  #waits = new Set<PlanNode>();

  constructor(borrower: Borrower) {
    this.#borrower = borrower;
  }

  /** Waits for a value. Goes on in the borrower's asynchronous context, not in that of whoever makes the value. */
  add(node: PlanNode, entry: StoreEntry): void {
    const waits = this.#waits.add(node);
    entry.created.then(
      () => {
        if (waits.delete(node)) this.#borrower.borrowed(node, entry.value);
      },
      (error: unknown) => {
        if (waits.delete(node)) this.#borrower.notBorrowed(node, error);
      },
    );
  }

  /** @returns how many waits there were */
  giveUp(): number {
    const { size } = this.#waits;
    this.#waits.clear();
    return size;
  }
}
