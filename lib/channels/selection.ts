import type { ParentScope } from "../scope/scope-child.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { Wait } from "../scope/wait.ts";

/** One of the things that a selection waits for. */
export interface Clause {
  readonly key: string;
  /** Whether it can go ahead, or only fail, at this moment. */
  ready(): boolean;
  /** Goes ahead. Invariant for its caller: it is ready. */
  go(): unknown;
  /** Begins to wait. Invariant for its caller: it is not ready. */
  enter(selection: Selection): void;
  /** Stops waiting, if it waits. Runs nobody else's code. */
  leave(): void;
  /** The selection is over, and was cancelled in a scope or not at all. */
  depart(cancelledIn: ParentScope | null): void;
}

/** One wait that stands in the queue of each of its clauses, until the first of them ends it for all. */
export class Selection extends Wait<{ key: string; value: unknown }> {
  readonly #clauses: readonly Clause[];

  /** @param scope - one in which no cancellation is in force; `null` waits under none */
  constructor(scope: ParentScope | null, clauses: readonly Clause[]) {
    super(scope);
    this.#clauses = clauses;
    for (const clause of clauses) {
      if (this._pending) this.#enter(clause);
    }
  }

  #enter(clause: Clause): void {
    try {
      clause.enter(this);
    } catch (error) {
      this.lose(error);
    }
  }

  /** A clause that waited is ready. */
  goAhead(clause: Clause): void {
    if (!this._pending) return;
    try {
      this.win(clause.key, clause.go());
    } catch (error) {
      this.lose(error);
    }
  }

  win(key: string, value: unknown): void {
    if (!this._pending) return;
    this.#leave();
    this.grant({ key, value });
    this.#depart(null);
  }

  lose(error: unknown): void {
    if (!this._pending) return;
    this.#leave();
    this.fail(error);
    this.#depart(null);
  }

  #leave(): void {
    for (const clause of this.#clauses) clause.leave();
  }

  #depart(cancelledIn: ParentScope | null): void {
    for (const clause of this.#clauses) clause.depart(cancelledIn);
  }

  override _withdraw(): void {
    super._withdraw();
    this.#leave();
  }

  override _deliver(cancellation: Cancellation): void {
    this.#depart(this._parent);
    super._deliver(cancellation);
  }
}
