/**
 * Memory that the program shares with every function it sends: four cells for each call, found by its number `at`.
 *
 * - `at`: how often the function has begun
 * - `at + 1`: how often it has ended, for those that count that
 * - `at + 2`: 1 once a function that waits to be freed may end
 * - `at + 3`: what a held generator was told
 */
const CELLS = 4;
const CALLS = 1 << 15;

export class Board {
  cells = new Int32Array(new SharedArrayBuffer(4 * CELLS * CALLS));
  // The first cells are nobody's: 0 is no number of a call.
  #next = CELLS;

  /** Whether a burst of calls might not find room. */
  get isAlmostFull() {
    return this.#next > CELLS * (CALLS - 5000);
  }

  take() {
    const at = this.#next;
    this.#next += CELLS;
    return at;
  }

  begun(at) {
    return Atomics.load(this.cells, at);
  }

  ended(at) {
    return Atomics.load(this.cells, at + 1);
  }

  told(at) {
    return Atomics.load(this.cells, at + 3);
  }

  free(at) {
    Atomics.store(this.cells, at + 2, 1);
    Atomics.notify(this.cells, at + 2);
  }
}
