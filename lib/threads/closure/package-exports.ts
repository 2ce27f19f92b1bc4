import { createRequire } from "node:module";
import { exportedBy } from "./exported.ts";
import { fileUrlOf, isOfPackage, pathOf } from "./home.ts";
import { isForeign, type Place } from "./place.ts";
import type { ExportReference } from "./shipped-code.ts";

/** Of Node's one cache of CommonJS modules, whoever asks. Not named `require`: some tools put a function around this file. */
const ownRequire = createRequire(process.execPath);

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
  const url = place.isInModule ? fileUrlOf(place.address) : undefined;
  const isSearchable = url === undefined || searchModule(url);
  const reference = references.get(fn);
  if (reference !== undefined || isSearchable) return reference;
  return { url, isCommonJs: false, text: Function.prototype.toString.call(fn) };
}

function searchCommonJs(): void {
  for (const path of Object.keys(ownRequire.cache)) {
    const module = ownRequire.cache[path];
    if (searched.has(path) || !isOfPackage(path) || module?.loaded !== true) continue;
    searched.add(path);
    note(module.exports, path, true);
  }
}

/**
 * Node's own `require` of a module that `import` has loaded gives the namespace of that very module, and runs
 * nothing. False when that cannot be relied on: a loader such as tsx would run another copy, and a module with
 * top-level await cannot be required.
 */
function searchModule(url: string): boolean {
  if (searched.has(url)) return true;
  if (".mjs" in ownRequire.extensions) return false;
  const path = pathOf(url);
  try {
    note(createRequire(path)(path), url, false);
  } catch {
    return false;
  }
  searched.add(url);
  return true;
}

function note(exported: unknown, url: string, isCommonJs: boolean): void {
  for (const [value, names] of exportedBy(exported)) {
    if (!references.has(value)) references.set(value, { url, isCommonJs, names });
  }
}
