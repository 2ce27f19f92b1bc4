import { CycleError } from "../../errors.ts";
import type { OverrideRecord } from "../declare/override.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import { checkReplacement } from "./captivity.ts";

/** What a list of overrides puts in the place of each provider. */
export class Substitution {
  readonly #providers = new Map<ProviderRecord, ProviderRecord>();
  readonly #families = new Map<object, (key: unknown) => ProviderRecord>();
  /** Chains that were followed to their end. */
  readonly #followed = new Map<ProviderRecord, ProviderRecord>();

  constructor(overrides: readonly OverrideRecord[]) {
    for (const { original, family, replacement } of overrides) {
      if (family !== undefined) this.#families.set(family, replacement as never);
      else this.#providers.set(original!, replacement as ProviderRecord);
    }
  }

  get empty(): boolean {
    return this.#providers.size === 0 && this.#families.size === 0;
  }

  /** The provider that stands in `provider`'s place: itself if nothing overrides it. */
  of(provider: ProviderRecord): ProviderRecord {
    if (this.empty) return provider;
    const known = this.#followed.get(provider);
    if (known !== undefined) return known;
    const chain = new Set([provider]);
    let end = provider;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      checkReplacement(end, next);
      if (chain.has(next)) throw circle([...chain], next);
      chain.add(next);
      end = next;
    }
    this.#followed.set(provider, end);
    return end;
  }

  #next(provider: ProviderRecord): ProviderRecord | undefined {
    const replacement = this.#providers.get(provider);
    if (replacement !== undefined) return replacement;
    const { member } = provider;
    if (member === undefined) return undefined;
    return this.#families.get(member.family)?.(member.key);
  }
}

function circle(chain: ProviderRecord[], again: ProviderRecord): CycleError {
  const path = [...chain.slice(chain.indexOf(again)), again].map((provider) => nameOf(provider));
  return new CycleError(`Overrides replace each other in a circle: ${path.join(" → ")}`, path);
}

/** A provider's name where no key leads to it. */
export function nameOf(provider: ProviderRecord): string {
  return provider.name === "" ? `an anonymous ${provider.kind} provider` : provider.name;
}
