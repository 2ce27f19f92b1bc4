import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { type BuiltinPath, builtinAt } from "../codec/builtins.ts";
import { pathOf } from "./home.ts";

/** `import { one, two as other } from "module"`, and the same with `require`. */
const IMPORTS = [
  /\bimport\s*(?:[\w$]+\s*,\s*)?\{([^{}]*)\}\s*from\s*["']([^"']+)["']/g,
  /\b(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*require\(\s*["']([^"']+)["']\s*\)/g,
];
const BINDING = /^([\w$]+)(?:\s+as\s+|\s*:\s*)?([\w$]+)?$/;

/** What each module imports from Node by name. */
const imports = new Map<string, ReadonlyMap<string, BuiltinPath>>();

/**
 * Where a variable of a module comes from, if it is a primitive that the module imports from Node, such as
 * `isMainThread`: it may be another one in another thread. That it is imported is written in the module's file only.
 */
export function importedFrom(
  address: string | undefined,
  name: string,
  value: unknown,
): BuiltinPath | undefined {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (isObject || address === undefined) return undefined;
  let found = imports.get(address);
  if (found === undefined) imports.set(address, (found = importsOf(address)));
  const path = found.get(name);
  return path !== undefined && Object.is(builtinAt(path), value) ? path : undefined;
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
