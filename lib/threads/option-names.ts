import { got } from "../errors.ts";

/** Every option that there is, by name. */
export type OptionNames<O> = Readonly<Record<keyof O, true>>;

/**
 * Refuses an option that nobody reads: a misspelt `timeoutMs` would bound nothing, without a word. Only plain objects
 * are looked at, for an `AbortController` may stand in place of `{ signal }`.
 *
 * @param whose - what the options are of, as the message begins
 */
export function checkOptionNames<O extends object>(
  whose: string,
  options: O,
  known: OptionNames<O>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected \`options\` to be an object, got ${got(options)}`);
  }
  if (!isPlain(options)) return;
  for (const name in options) {
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known).join(", ");
      throw new TypeError(`${whose} has no option \`${name}\`. Its options are ${names}`);
    }
  }
}

/** Whether an object is what a literal makes, and no instance of a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
