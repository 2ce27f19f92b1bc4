import { got } from "../../errors.ts";
import { isProvider, ProviderRecord } from "./provider.ts";

/** Another way to depend on `provider`. */
export function modifier(kind: "fresh" | "lazy" | "outcome", provider: unknown): ProviderRecord {
  if (!isProvider(provider)) {
    throw new TypeError(`Expected \`provider\` of ${kind} to be a provider, got ${got(provider)}`);
  }
  return new ProviderRecord({ kind, name: provider.name, inner: provider });
}
