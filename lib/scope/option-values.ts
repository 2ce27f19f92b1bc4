import type { OptionCheck } from "./options.ts";
import { refuse, refuseNumber } from "./refuse.ts";

/** Refuses what is no text. */
export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") refuse(name, "a string", value);
}

/** Refuses what is neither true nor false. */
export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") refuse(name, "true or false", value);
}

/** Refuses what is no number of things that run; `Infinity` is one. */
export function checkCount(name: string, value: unknown): asserts value is number {
  if (value !== Infinity && !(Number.isInteger(value) && (value as number) >= 1)) {
    refuseNumber(name, "an integer of 1 or more, or Infinity", value);
  }
}

/** Refuses what is no length of a list. */
export function checkLength(name: string, value: unknown): asserts value is number {
  if (!(Number.isInteger(value) && (value as number) >= 0)) {
    refuseNumber(name, "an integer of 0 or more", value);
  }
}

/** Refuses what is no record. */
export function checkRecord(name: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null) refuse(name, "a record", value);
}

/** Refuses what is no array. */
export function checkList(name: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) refuse(name, "an array", value);
}

/** Refuses what is none of these words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  return (name, value) => {
    if (words.includes(value as string)) return;
    refuse(name, words.map((word) => `"${word}"`).join(" or "), value);
  };
}
