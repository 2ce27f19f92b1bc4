import { got } from "../../errors.ts";
import { knowInCopies } from "../../errors/copies.ts";
import { checkList } from "../../scope/option-values.ts";
import { type Family, isFamily } from "./family.ts";
import { isProvider, type Provider, type ProviderRecord } from "./provider.ts";

/**
 * What stands in the place of a provider, see {@link override}. `Needs` are the inputs of the replacement.
 *
 * @public
 */
export interface Override<out Needs = unknown> {
  readonly kind: "override";
  /** Only for the compiler: there is nothing here at run time. */
  readonly "~types"?: { readonly needs: Needs };
}

/**
 * The shapes of {@link override}.
 *
 * @public
 */
export interface MakeOverride {
  /** Replaces all members of a family. */
  <Key, T, Needs>(
    original: Family<Key, T>,
    replacement: (key: Key) => Provider<NoInfer<T>, Needs>,
  ): Override<Needs>;
  /** Replaces a provider by another, or by one made around the original. */
  <T, Needs, OriginalNeeds>(
    original: Provider<T, OriginalNeeds>,
    replacement:
      | Provider<NoInfer<T>, Needs>
      | ((original: Provider<T, OriginalNeeds>) => Provider<NoInfer<T>, Needs>),
  ): Override<Needs>;
}

/** Implementation of {@link Override}. */
export class OverrideRecord implements Override<never> {
  readonly kind = "override";
  readonly original: ProviderRecord | undefined;
  readonly family: object | undefined;
  readonly replacement: ProviderRecord | ((key: unknown) => ProviderRecord);

  constructor(
    original: ProviderRecord | undefined,
    family: object | undefined,
    replacement: ProviderRecord | ((key: unknown) => ProviderRecord),
  ) {
    this.original = original;
    this.family = family;
    this.replacement = replacement;
  }

  static {
    knowInCopies(this, "OverrideRecord");
  }
}

/**
 * Puts another provider in the place of one, for the resolutions and plans that it is given to and for no other. The
 * replacement brings its own dependencies; what only the original needed does not run. A function gets the original, to
 * make a provider around it. Replacements are replaced in turn; of two overrides for one provider the later counts.
 *
 * @throws TypeError if `original` or `replacement` is no provider
 *
 * @example
 * ```ts
 * import { inline, override, provide, resolveDependencies } from "skein";
 *
 * const db = provide(async () => "the real one");
 * const user = provide({ db }, async ({ db }) => `Ada from ${db}`);
 *
 * const overrides = [override(db, inline(() => "a fake"))];
 * await resolveDependencies({ user }, { overrides }, ({ user }) => console.log(user));
 * // prints: Ada from a fake
 * ```
 *
 * @public
 */
export const override: MakeOverride = (original: unknown, replacement: unknown): OverrideRecord => {
  if (isFamily(original)) {
    if (typeof replacement === "function") {
      return new OverrideRecord(
        undefined,
        original,
        replacement as (key: unknown) => ProviderRecord,
      );
    }
    throw new TypeError(
      `Expected \`replacement\` of a family to be a family, got ${got(replacement)}`,
    );
  }
  if (!isProvider(original)) {
    throw new TypeError(`Expected \`original\` to be a provider, got ${got(original)}`);
  }
  const provider: unknown =
    typeof replacement === "function" ? replacement(original.alias()) : replacement;
  if (!isProvider(provider)) {
    throw new TypeError(`Expected \`replacement\` to be a provider, got ${got(provider)}`);
  }
  return new OverrideRecord(original, undefined, provider);
};

const none: readonly OverrideRecord[] = [];

/** Those of some options, which have been checked. */
export function overridesOf(options: {
  readonly overrides?: readonly Override[] | undefined;
}): readonly OverrideRecord[] {
  return (options.overrides as readonly OverrideRecord[] | undefined) ?? none;
}

/** Refuses what replaces nothing. */
export function checkOverrides(name: string, value: unknown): void {
  checkList(name, value);
  for (const item of value) {
    if (item instanceof OverrideRecord) continue;
    throw new TypeError(`Expected \`${name}\` to be made by override(), got ${got(item)}`);
  }
}
