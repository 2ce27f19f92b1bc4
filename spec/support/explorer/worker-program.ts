import { keyOf, type Operation } from "./operations.ts";
import type { Paused, WorkerCode } from "./replay.ts";

/** A place that the worker's code can come to. */
export interface Place {
  readonly id: number;
  /** What it is about to do there. */
  readonly operation: Operation;
  readonly before: Place | undefined;
  /** What the operation before has given. */
  readonly result: unknown;
  readonly next: Map<string, Place>;
}

/**
 * All that the worker's code can do, as far as it has been asked. What it does next depends only on what its operations
 * have given so far: so it is run once for each such record, from its start, and its places are kept in a tree. Where
 * nothing but the fields of its objects tells its state, places with the same state are one.
 */
export class WorkerProgram {
  readonly start: Place;
  readonly #code: WorkerCode;
  readonly #byState = new Map<string, Place>();
  #places = 0;

  constructor(code: WorkerCode) {
    this.#code = code;
    this.start = this.#place(code.run([]), undefined, undefined);
  }

  after(place: Place, result: unknown): Place {
    const key = keyOf(result);
    let next = place.next.get(key);
    if (next === undefined) {
      const record = [result];
      for (let at = place; at.before !== undefined; at = at.before) record.push(at.result);
      const paused = this.#code.run(record.toReversed());
      const { state } = paused;
      next = state === undefined ? undefined : this.#byState.get(state);
      next ??= this.#place(paused, place, result);
      if (state !== undefined) this.#byState.set(state, next);
      place.next.set(key, next);
    }
    return next;
  }

  #place({ operation }: Paused, before: Place | undefined, result: unknown): Place {
    return { id: this.#places++, operation, before, result, next: new Map() };
  }
}
