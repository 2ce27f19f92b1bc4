import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ExportReference } from "./shipped-code.ts";

/** What packages export, by module and names: found once, then at hand for every instance. */
const found = new Map<string, unknown>();

export async function loadExport(reference: ExportReference): Promise<unknown> {
  const key = keyOf(reference);
  if (!found.has(key)) found.set(key, followNames(await loadModule(reference), reference.names));
  return found.get(key);
}

/** Imports what a program refers to; undefined when that is nothing, or all there already. */
export function loadReferences(
  references: readonly ExportReference[],
): Promise<unknown> | undefined {
  const missing = references.filter((reference) => !found.has(keyOf(reference)));
  return missing.length === 0 ? undefined : Promise.all(missing.map(loadExport));
}

export function loadedExport(reference: ExportReference): unknown {
  return found.get(keyOf(reference));
}

async function loadModule({ url, isCommonJs }: ExportReference): Promise<unknown> {
  if (isCommonJs) return createRequire(pathToFileURL(url))(url) as unknown;
  return await import(url);
}

function followNames(module: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    module,
  );
}

function keyOf({ url, names }: ExportReference): string {
  return JSON.stringify([url, ...names]);
}
