import { createRequire } from "node:module";
import { fileUrlOf, isOfPackage, pathOf } from "./home.ts";
import { isForeign, type Place } from "./place.ts";
import type { ExportReference } from "./shipped-code.ts";

/** How deep inside a module's exports a function is looked for: `exports.default.chunk` is two. */
const DEEPEST = 2;

const { cache } = createRequire(import.meta.url);

/** What packages export, of the modules that were searched, each once. */
const references = new WeakMap<object, ExportReference>();
const searched = new Set<string>();

export function knownExport(fn: object): ExportReference | undefined {
  return references.get(fn);
}

/**
 * Where a package exports `fn`, if it does. Only modules that have run are searched: nothing is imported to find
 * out. A function of which nobody knows where it is may be that of a CommonJS module.
 */
export function findExport(fn: object, place: Place): ExportReference | undefined {
  if (place.address !== undefined && !isForeign(place)) return undefined;
  if (!place.isInModule) searchCommonJs();
  else if (place.address !== undefined) searchModule(place.address);
  return references.get(fn);
}

function searchCommonJs(): void {
  for (const path of Object.keys(cache)) {
    const module = cache[path];
    if (searched.has(path) || !isOfPackage(path) || module?.loaded !== true) continue;
    searched.add(path);
    note(module.exports, path, true);
  }
}

/** `require` of a module that `import` has loaded gives the namespace of that very module, and runs nothing. */
function searchModule(address: string): void {
  const url = fileUrlOf(address);
  if (url === undefined || searched.has(url)) return;
  searched.add(url);
  const path = pathOf(url);
  try {
    note(createRequire(path)(path), url, false);
  } catch {
    // A module with top-level await: its functions are refused, with the advice to import it inside.
  }
}

function note(exported: unknown, url: string, isCommonJs: boolean): void {
  for (const [value, names] of membersOf(exported)) {
    if (!references.has(value)) references.set(value, { url, isCommonJs, names });
  }
}

function* membersOf(root: unknown): Generator<readonly [value: object, names: readonly string[]]> {
  const queue: (readonly [value: unknown, names: readonly string[]])[] = [[root, []]];
  for (const [value, names] of queue) {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject) continue;
    yield [value as object, names];
    if (names.length >= DEEPEST) continue;
    for (const name of Object.keys(value as object)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, name);
      // Exports of transpiled modules are accessors that only read a variable; deeper ones may do anything.
      const isReadable = descriptor !== undefined && (names.length === 0 || "value" in descriptor);
      if (isReadable) queue.push([(value as Record<string, unknown>)[name], [...names, name]]);
    }
  }
}
