import { got } from "../../errors.ts";
import { isProvider, type ProviderRecord } from "./provider.ts";

/** Reads a record of providers, refusing what is none, in the words of `where`. */
export function readRecord(
  record: object,
  where: string,
): { keys: string[]; deps: ProviderRecord[] } {
  const keys = Object.keys(record);
  const deps = keys.map((key) => {
    const dependency: unknown = (record as Record<string, unknown>)[key];
    if (!isProvider(dependency)) {
      throw new TypeError(
        `Expected \`${key}\` of ${where} to be a provider, got ${got(dependency)}`,
      );
    }
    return dependency;
  });
  if (keys.includes("then")) {
    throw new TypeError(
      `Expected the keys of ${where} to be other than \`then\`: a record with it cannot be awaited. Call it something else`,
    );
  }
  return { keys, deps };
}
