import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { type BuiltinPath, builtinAt } from "../codec/builtins.ts";
import { fileUrlOf, pathOf } from "./home.ts";
import type { Slot } from "./shipped-code.ts";
import type { Variable } from "./variables.ts";

/** `import { one, two as other } from "module"`, and the same with `require`. */
const IMPORTS = [
  /\bimport\s*(?:[\w$]+\s*,\s*)?\{([^{}]*)\}\s*from\s*["']([^"']+)["']/g,
  /\b(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*require\(\s*["']([^"']+)["']\s*\)/g,
];
const BINDING = /^([\w$]+)(?:\s+as\s+|\s*:\s*)?([\w$]+)?$/;

/** What each module imports from Node by name. */
const imports = new Map<string, ReadonlyMap<string, BuiltinPath>>();

/** What test runners that evaluate modules by themselves write in place of `import()`. */
const RUNNERS_IMPORT = /^__vi(?:te)?_(?:ssr_dynamic_)?import__$/;

/** How a variable that stands for an import is made in another thread; undefined for one that does not. */
export function importSlot(
  { value, isOfModule }: Variable,
  name: string,
  address: string | undefined,
): Slot | undefined {
  if (typeof value === "function") {
    return RUNNERS_IMPORT.test(name) ? { kind: "import", home: fileUrlOf(address) } : undefined;
  }
  const isObject = typeof value === "object" && value !== null;
  if (!isOfModule || isObject || address === undefined) return undefined;
  const path = importedFrom(address, name);
  return path !== undefined && Object.is(builtinAt(path), value)
    ? { kind: "builtin", path }
    : undefined;
}

/**
 * Where a variable of a module comes from, if the module imports it from Node. A simple value such as `isMainThread`
 * may be another one in another thread, and that it is imported is written in the module's file only.
 */
function importedFrom(address: string, name: string): BuiltinPath | undefined {
  let found = imports.get(address);
  if (found === undefined) imports.set(address, (found = importsOf(address)));
  return found.get(name);
}

function importsOf(address: string): ReadonlyMap<string, BuiltinPath> {
  const found = new Map<string, BuiltinPath>();
  const text = textOf(address);
  for (const pattern of IMPORTS) {
    for (const [, bindings = "", module = ""] of text.matchAll(pattern)) {
      if (!isBuiltin(module)) continue;
      const home = module.startsWith("node:") ? module : `node:${module}`;
      for (const binding of bindings.split(",")) {
        const [, imported, local = imported] = BINDING.exec(binding.trim()) ?? [];
        if (imported !== undefined && local !== undefined) found.set(local, [home, imported]);
      }
    }
  }
  return found;
}

function textOf(address: string): string {
  try {
    return readFileSync(pathOf(address), "utf8");
  } catch {
    // Code without a file imports nothing by name that could be found.
    return "";
  }
}
