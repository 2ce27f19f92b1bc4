import { got } from "../errors.ts";
import type { OptionCheck } from "./options.ts";

/** Refuses what is no text. */
export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value === "string") return;
  throw new TypeError(`Expected \`${name}\` to be a string, got ${got(value)}`);
}

/** Refuses what is neither true nor false. */
export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value === "boolean") return;
  throw new TypeError(`Expected \`${name}\` to be true or false, got ${got(value)}`);
}

/** Refuses what is no number of things that run; `Infinity` is one. */
export function checkCount(name: string, value: unknown): asserts value is number {
  const expected = `Expected \`${name}\` to be an integer of 1 or more, or Infinity`;
  if (typeof value !== "number") throw new TypeError(`${expected}, got ${got(value)}`);
  if (value !== Infinity && !(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`${expected}, got ${got(value)}`);
  }
}

/** Refuses what is no length of a list. */
export function checkLength(name: string, value: unknown): asserts value is number {
  const expected = `Expected \`${name}\` to be an integer of 0 or more`;
  if (typeof value !== "number") throw new TypeError(`${expected}, got ${got(value)}`);
  if (!(Number.isInteger(value) && value >= 0)) {
    throw new RangeError(`${expected}, got ${got(value)}`);
  }
}

/** Refuses what is no record. */
export function checkRecord(name: string, value: unknown): asserts value is object {
  if (typeof value === "object" && value !== null) return;
  throw new TypeError(`Expected \`${name}\` to be a record, got ${got(value)}`);
}

/** Refuses what is no array. */
export function checkList(name: string, value: unknown): asserts value is readonly unknown[] {
  if (Array.isArray(value)) return;
  throw new TypeError(`Expected \`${name}\` to be an array, got ${got(value)}`);
}

/** Refuses what is none of these words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  return (name, value) => {
    if (words.includes(value as string)) return;
    const quoted = words.map((word) => `"${word}"`).join(" or ");
    throw new TypeError(`Expected \`${name}\` to be ${quoted}, got ${got(value)}`);
  };
}
