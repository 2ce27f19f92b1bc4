/**
 * A tape of numbers that decides everything, so that a shorter tape of smaller numbers is a simpler program: what comes
 * first in a list is the simplest, and it is what an empty tape chooses.
 */
export class Choices {
  #tape;
  #position = 0;

  constructor(tape) {
    this.#tape = tape;
  }

  below(limit) {
    const number = this.#tape[this.#position++] ?? 0;
    return number % limit;
  }

  of(...options) {
    return options[this.below(options.length)];
  }

  /** Rarely true, and never at the end of the tape. */
  rarely() {
    return this.below(6) === 5;
  }

  some(most, make) {
    return Array.from({ length: this.below(most + 1) }, (_, index) => make(index));
  }
}
