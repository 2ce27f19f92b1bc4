import { got } from "../../errors.ts";
import { inCommon } from "../../errors/copies.ts";
import { isProvider, type Provider, type ProviderRecord } from "./provider.ts";

/**
 * Providers by key, see {@link family}.
 *
 * @public
 */
export interface Family<in Key, out T, out Needs = unknown> {
  (key: Key): Provider<T, Needs>;
}

const families = /* @__PURE__ */ inCommon("families", () => new WeakSet<object>());

/**
 * Makes one provider per key: the same key gives the same provider, and so the same value in a resolution. Keys are
 * compared as those of a `Map`; the members are kept as long as the family.
 *
 * @returns a function that gives the provider of a key
 *
 * @example
 * ```ts
 * import { family, inline, resolveDependencies } from "skein";
 *
 * const setting = family((key: string) => inline(() => ({ key })));
 * const { a, b } = await resolveDependencies({ a: setting("theme"), b: setting("theme") });
 * console.log(a === b);
 * // prints: true
 * ```
 *
 * @public
 */
export function family<Key, T, Needs>(
  make: (key: Key) => Provider<T, Needs>,
): Family<Key, T, Needs> {
  if (typeof make !== "function") {
    throw new TypeError(`Expected \`make\` of family to be a function, got ${got(make)}`);
  }
  const members = new Map<Key, ProviderRecord>();
  const member = (key: Key): Provider<T, Needs> => {
    let provider = members.get(key);
    if (provider === undefined) {
      const made: unknown = make(key);
      if (!isProvider(made)) {
        throw new TypeError(`Expected \`make\` of family to return a provider, got ${got(made)}`);
      }
      provider = made.memberOf(member, key);
      members.set(key, provider);
    }
    return provider as Provider<T, never>;
  };
  families.add(member);
  return member;
}

export function isFamily(value: unknown): value is Family<unknown, unknown> {
  return families.has(value as object);
}
