import { createRequire } from "node:module";
import * as types from "node:util/types";
import { ShipError } from "../../errors.ts";
import { pathOf } from "./home.ts";
import { importerFrom } from "./importer.ts";
import { likenessOf } from "./likeness.ts";
import type { ImportedValue, ImportSource } from "./shipped-code.ts";

/** What has been imported, once, for every instance. */
const loaded = new Map<string, { readonly value: unknown }>();

/**
 * Imports what a program refers to; undefined when that is nothing, or all there already.
 *
 * @throws ShipError, as a rejection, for what no import of this thread gives
 */
export function loadImports(values: readonly ImportedValue[]): Promise<unknown> | undefined {
  const missing = values.filter((value) => !loaded.has(keyOf(value)));
  return missing.length === 0 ? undefined : Promise.all(missing.map(load));
}

export function loadedImport(value: ImportedValue): unknown {
  return loaded.get(keyOf(value))?.value;
}

async function load(wanted: ImportedValue): Promise<void> {
  const found = new Set<unknown>();
  let failure: unknown;
  for (const row of wanted.sources) {
    for (const source of row) {
      try {
        const value = valueAt(source, await importModule(source));
        if (isLike(value, wanted, source)) found.add(value);
      } catch (error) {
        failure ??= error;
      }
    }
    if (found.size > 0) break;
  }
  if (found.size !== 1) throw notFound(wanted, found.size, failure);
  for (const value of found) loaded.set(keyOf(wanted), { value });
}

function isLike(value: unknown, { likeness }: ImportedValue, { isWrapped }: ImportSource): boolean {
  if (likeness === undefined || likenessOf(value) === likeness) return true;
  // Of a namespace one compiler's helper makes another object, and another's gives it as it is.
  return isWrapped && likeness === "object" && types.isModuleNamespaceObject(value);
}

async function importModule({ home, specifier, how, type }: ImportSource): Promise<unknown> {
  if (how === "require") return createRequire(pathOf(home))(specifier) as unknown;
  const options = type === undefined ? undefined : { with: { type } };
  return await importerFrom(home)(specifier, options);
}

function valueAt({ names, isWrapped }: ImportSource, module: unknown): unknown {
  const start = isWrapped ? wrapped(module) : module;
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | null | undefined)?.[name],
    start,
  );
}

/** What the helpers of compilers make of a CommonJS module that is no transpiled one. */
function wrapped(module: unknown): unknown {
  const isObject = (typeof module === "object" && module !== null) || typeof module === "function";
  if (!isObject) return { default: module };
  if ((module as { __esModule?: unknown }).__esModule === true) return module;
  const members = Object.getOwnPropertyDescriptors(module);
  const namespace = Object.defineProperties({}, members);
  return Object.defineProperty(namespace, "default", { value: module, enumerable: true });
}

function notFound({ label, sources }: ImportedValue, alike: number, cause: unknown): ShipError {
  const first = sources[0]?.[0];
  const from =
    first === undefined ? "" : ` from "${first.specifier}", as ${first.home} imports it,`;
  const what =
    alike > 1
      ? "may be one of several functions with the same text. Call it by its name: `(...args) => name(...args)`"
      : `${whyNot(cause)}. Import it inside the function: \`const { … } = await import(…)\``;
  const options = cause === undefined ? undefined : { cause };
  const message = `In a worker thread \`${label}\`${from} ${what}`;
  return new ShipError(message, [label], undefined, options);
}

/**
 * @param cause - an error of the module system, or whatever the module has thrown; undefined if it could be imported
 */
function whyNot(cause: unknown): string {
  if (cause === undefined) return "is not what it is in the calling thread";
  return `could not be imported${cause instanceof Error ? ` (${cause.message})` : ""}`;
}

function keyOf({ sources, likeness }: ImportedValue): string {
  return JSON.stringify([sources, likeness]);
}
