import { describeValue, type OptionCheck } from "../executor.ts";
import { CapacityLimiter } from "../index.ts";

/** Refuses options without what nothing can be done without. */
export function requireQueue(options: unknown): void {
  for (const name of ["queue", "connection"]) {
    const value = (options as Record<string, unknown> | null | undefined)?.[name];
    if (value === undefined) throw new TypeError(expected(name, "among the options", value));
  }
}

/** Refuses what is no text. */
export function checkText(name: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(expected(name, "to be a text", value));
}

/** Refuses what cannot be the name of a queue. */
export function checkQueue(name: string, value: unknown): void {
  checkText(name, value);
  if (!(value as string).includes(":")) return;
  throw new TypeError(expected(name, "to be without a colon, which separates keys", value));
}

/** Refuses what is no time between two looks. */
export function checkInterval(name: string, value: unknown): void {
  check(name, "to be milliseconds above 0 and below 2^31", value, (ms) => ms > 0 && ms < 2 ** 31);
}

/** Refuses what is no duration; `Infinity` is one. */
export function checkWait(name: string, value: unknown): void {
  const isWait = (ms: number): boolean => (ms >= 0 && ms < 2 ** 31) || ms === Infinity;
  check(name, "to be milliseconds of 0 or more and below 2^31, or Infinity", value, isWait);
}

/** Refuses what is no integer from 1 on. */
export function integer(most: number = Number.MAX_SAFE_INTEGER): OptionCheck {
  const range = most === Number.MAX_SAFE_INTEGER ? "of 1 or more" : `from 1 to ${most}`;
  const isOne = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= most;
  return (name, value) => check(name, `to be an integer ${range}`, value, isOne);
}

/** Refuses what cannot be called. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(expected(name, "to be a function", value));
}

/** Refuses what is no limiter. */
export function checkLimiter(name: string, value: unknown): void {
  if (value instanceof CapacityLimiter) return;
  throw new TypeError(expected(name, "to be a CapacityLimiter", value));
}

function check(
  name: string,
  what: string,
  value: unknown,
  isRight: (value: number) => boolean,
): void {
  if (typeof value !== "number") throw new TypeError(expected(name, what, value));
  if (!isRight(value)) throw new RangeError(expected(name, what, value));
}

export function expected(name: string, what: string, value: unknown): string {
  return `Expected \`${name}\` ${what}, got ${describeValue(value)}`;
}
