import type { ProviderRecord } from "../declare/provider.ts";

/** What is to be told of an open lifetime. */
export interface LifetimeReport {
  readonly name: string;
  readonly isOpen: boolean;
  /** How many resolutions run in it. */
  readonly resolutions: number;
  /** The names of the providers whose values it holds, and of those that make theirs. */
  readonly holds: readonly string[];
  readonly makes: readonly string[];
}

/** @param key - what `markStoreKeys` has decided on */
export function nameOfStored(key: unknown): string {
  if (typeof key !== "string") return (key as ProviderRecord).name || "a provider without a name";
  const fresh = /\)?\.([^.()]+)$/.exec(key)?.[1];
  return fresh === undefined ? "a provider with overrides" : `${fresh}, fresh`;
}
