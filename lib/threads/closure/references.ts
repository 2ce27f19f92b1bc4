import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { ShipError } from "../../errors.ts";
import { exportedBy } from "./exported.ts";
import type { ExportReference } from "./shipped-code.ts";

/** What packages export: found once, then at hand for every instance. */
const found = new Map<string, unknown>();

export async function loadExport(reference: ExportReference): Promise<unknown> {
  const key = keyOf(reference);
  if (!found.has(key)) found.set(key, findIn(await loadModule(reference), reference));
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

function findIn(module: unknown, { names, text, url }: ExportReference): unknown {
  if (names !== undefined) {
    return names.reduce<unknown>(
      (value, name) => (value as Record<string, unknown> | undefined)?.[name],
      module,
    );
  }
  const same = [...exportedBy(module)]
    .map(([value]) => value)
    .filter((value) => typeof value === "function" && textOf(value) === text);
  if (new Set(same).size === 1) return same[0];
  throw new ShipError(
    `Cannot tell in a worker thread which export of ${url} the function is, or whether it is one. Import it inside the function: \`const { … } = await import(…)\``,
    [url],
  );
}

function textOf(fn: object): string {
  return Function.prototype.toString.call(fn);
}

function keyOf({ url, names, text }: ExportReference): string {
  return JSON.stringify([url, names, text]);
}
