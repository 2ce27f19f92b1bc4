import { modifier } from "./modifier.ts";
import type { Provider } from "./provider.ts";

/**
 * Depends on a provider without running it: the value is a function that runs it, once, when first called. What it
 * acquires joins the resolution and is torn down with it.
 *
 * A failure concerns only those who called the function. Calling it in a resolution that has ended rejects with a
 * `ClosedError`.
 *
 * @returns the dependency, to stand among `deps` or targets
 *
 * @example
 * ```ts
 * import { lazy, provide, resolveDependencies } from "skein";
 *
 * const report = provide(async () => {
 *   console.log("computed");
 *   return 42;
 * });
 * await resolveDependencies({ report: lazy(report) }, {}, async ({ report }) => {
 *   console.log("not yet");
 *   console.log(await report());
 * });
 * // prints: not yet
 * // prints: computed
 * // prints: 42
 * ```
 *
 * @public
 */
export function lazy<T, Needs>(provider: Provider<T, Needs>): Provider<() => Promise<T>, Needs> {
  return modifier("lazy", provider);
}
