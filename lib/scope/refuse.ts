import { got } from "../errors.ts";

/**
 * Throws if an argument is invalid: a `RangeError` for a number where one is.
 *
 * @param what - what it may be, as in "Expected `ms` to be …"
 * @param advice - what to write in its place, as the end of the message
 */
export function refuse(name: string, what: string, value: unknown, advice = ""): never {
  throw new TypeError(messageOf(name, what, value, advice));
}

/** The same where a number is expected. */
export function refuseNumber(name: string, what: string, value: unknown): never {
  const message = messageOf(name, what, value, "");
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

function messageOf(name: string, what: string, value: unknown, advice: string): string {
  return `Expected \`${name}\` to be ${what}, got ${got(value)}${advice}`;
}
