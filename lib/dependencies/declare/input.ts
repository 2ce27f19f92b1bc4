import { siteAbove } from "./declaration-site.ts";
import { got } from "../../errors.ts";
import type { Need } from "./need.ts";
import { type Provider, ProviderRecord } from "./provider.ts";

/**
 * Declares inputs: values that the caller of a resolution gives by name.
 *
 * @public
 */
export interface DeclareInput {
  /**
   * An input that must be given. Its name is its address: two inputs of one name read one value.
   *
   * @throws MissingInputError, when resolving without it and before anything runs
   */
  <T>(): <const Name extends string>(name: Name) => Provider<T, Need<Name, T, false>>;
  /** An input that may be left out; then it is `undefined`. */
  optional<T>(): <const Name extends string>(
    name: Name,
  ) => Provider<T | undefined, Need<Name, T, true>>;
}

/**
 * A value that the caller of a resolution gives, typed by name.
 *
 * @example
 * ```ts
 * import { inline, input, resolveDependencies } from "skein";
 *
 * const token = input<string>()("token");
 * const locale = inline({ token }, ({ token }) => token.slice(0, 2));
 * const values = await resolveDependencies({ locale }, { inputs: { token: "en-42" } });
 * console.log(values.locale);
 * // prints: en
 * ```
 *
 * @public
 */
export const input: DeclareInput = Object.assign(() => (name: string) => declare(name, false), {
  optional: () => (name: string) => declare(name, true),
}) as DeclareInput;

function declare(name: string, optional: boolean): ProviderRecord {
  if (typeof name !== "string") {
    throw new TypeError(`Expected \`name\` of an input to be a string, got ${got(name)}`);
  }
  return new ProviderRecord({
    kind: "input",
    name,
    input: { name, optional },
    site: siteAbove(declare),
  });
}
