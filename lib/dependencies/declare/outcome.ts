import type { Outcome } from "../../scope/run-scope.ts";
import { modifier } from "./modifier.ts";
import type { Provider } from "./provider.ts";

/**
 * Depends on a provider whether it succeeds or not: the value says which. The failure of what it depends on counts too.
 * For everybody who depends on the provider without `outcome`, its failure stays a failure.
 *
 * @returns the dependency, to stand among `deps` or targets
 *
 * @example
 * ```ts
 * import { outcome, provide, resolveDependencies } from "skein";
 *
 * const avatar = provide(async (): Promise<string> => {
 *   throw new Error("image server is down");
 * });
 * const page = provide({ avatar: outcome(avatar) }, async ({ avatar }) =>
 *   avatar.done ? avatar.value : "placeholder.png",
 * );
 * console.log({ ...(await resolveDependencies({ page })) });
 * // prints: { page: 'placeholder.png' }
 * ```
 *
 * @public
 */
export function outcome<T, Needs>(provider: Provider<T, Needs>): Provider<Outcome<T>, Needs> {
  return modifier("outcome", provider);
}
