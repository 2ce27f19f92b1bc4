// Stands for `node:assert/strict` where there is no Node.
import { equals } from "@vitest/expect";

export default function assert(value, message = "Expected a true value") {
  if (!value) throw message instanceof Error ? message : new Error(message);
}

assert.ok = assert;
assert.equal = (actual, expected, message = `Expected ${expected}, got ${actual}`) =>
  assert(Object.is(actual, expected), message);
assert.deepEqual = (actual, expected, message = "Expected the same") =>
  assert(equals(actual, expected), message);
