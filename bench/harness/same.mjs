import { strictEqual } from "node:assert";

/** Throws unless the measured run did its work. */
export function same(actual, expected) {
  strictEqual(actual, expected, `The run did not do its work: got ${actual}, not ${expected}`);
}

/** Throws unless the results are 0, 1, 2 … in order: the sum, the ends, the number. */
export function allInOrder(results, size) {
  same(results.length, size);
  same(results[0], 0);
  same(results[size - 1], size - 1);
  let sum = 0;
  for (const result of results) sum += result;
  same(sum, (size * (size - 1)) / 2);
}
