import { modifier } from "./modifier.ts";
import type { Provider } from "./provider.ts";

/**
 * Depends on a value of one's own: the provider runs once more for each place where its `fresh` stands. What it depends
 * on itself stays shared, and it is torn down with what it was made for.
 *
 * @returns the dependency, to stand among `deps` or targets
 *
 * @example
 * ```ts
 * import { fresh, inline, resolveDependencies } from "skein";
 *
 * let count = 0;
 * const ticket = inline(() => ++count);
 * console.log({ ...(await resolveDependencies({ a: ticket, b: ticket, own: fresh(ticket) })) });
 * // prints: { a: 1, b: 1, own: 2 }
 * ```
 *
 * @public
 */
export function fresh<T, Needs>(provider: Provider<T, Needs>): Provider<T, Needs> {
  return modifier("fresh", provider);
}
