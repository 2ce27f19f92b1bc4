import { isPlain } from "../codec/values.ts";

/** An encoded result as the main thread would send it back: a copy. Nothing for what it would have to make anew. */
export function handOver(encoded: unknown): { readonly value: unknown } | undefined {
  if (typeof encoded !== "object" || encoded === null) return { value: encoded };
  return isPlain(encoded) ? { value: structuredClone(encoded) } : undefined;
}
