import { createRequire } from "node:module";
import { fileUrlOf, isOfPackage, pathOf } from "./home.ts";
import type { ExportReference } from "./shipped-code.ts";

/** How deep inside a module's exports a function is looked for: `exports.default.chunk` is two. */
const DEEPEST = 2;

const { cache } = createRequire(import.meta.url);
const exportsOfCommonJs = new WeakMap<object, ExportReference>();
const searched = new Set<string>();

/** Where a package exports `fn` with CommonJS; each module that this process has loaded is searched once. */
export function findCommonJsExport(fn: object): ExportReference | undefined {
  const known = exportsOfCommonJs.get(fn);
  if (known !== undefined) return known;
  for (const path of Object.keys(cache)) {
    const module = cache[path];
    if (searched.has(path) || !isOfPackage(path) || module?.loaded !== true) continue;
    searched.add(path);
    for (const [value, names] of membersOf(module.exports)) {
      if (exportsOfCommonJs.has(value)) continue;
      exportsOfCommonJs.set(value, { url: path, isCommonJs: true, names });
    }
  }
  return exportsOfCommonJs.get(fn);
}

/**
 * Where the module at `address` exports `fn`. It has run, since the function exists: `require` of a module that
 * `import` has loaded gives the namespace of that very module, and runs nothing.
 */
export function findModuleExport(fn: object, address: string): ExportReference | undefined {
  const url = fileUrlOf(address);
  if (url === undefined) return undefined;
  for (const [value, names] of membersOf(loadedModule(pathOf(url)))) {
    if (value === fn) return { url, isCommonJs: false, names };
  }
  return undefined;
}

function loadedModule(path: string): unknown {
  try {
    return createRequire(path)(path) as unknown;
  } catch {
    return undefined;
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
