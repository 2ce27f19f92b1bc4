import { createRequire } from "node:module";
import { bindingsOf } from "./bindings.ts";
import { fileUrlOf, isOfPackage, pathOf } from "./home.ts";
import { textOfModule } from "./module-text.ts";
import { destinationOf } from "./specifier.ts";

/** Larger programs are not looked through to their end. */
const MOST_MODULES = 1_000;

/** What runs when a module is imported: the specifiers that it imports, hands on or names alone. */
export function* specifiersOf(module: string): Generator<string> {
  const { imports, reexports, stars } = bindingsOf(module);
  for (const bindings of imports.values()) for (const { specifier } of bindings) yield specifier;
  for (const { specifier } of reexports.values()) yield specifier;
  for (const { specifier } of stars) yield specifier;
  for (const [, one, other] of textOfModule(module).matchAll(
    /(?<![.\w$])import\s*(?:"([^"\n]+)"|'([^'\n]+)')/g,
  )) {
    yield one ?? other ?? "";
  }
}

/**
 * The modules of the program that are known from here, each once: those at `addresses`, those that CommonJS has loaded,
 * and whatever of the program's own they import.
 */
export function* programModules(addresses: readonly string[]): Generator<string> {
  yield* addresses;
  const modules = new Set(addresses.map(fileUrlOf));
  for (const path of loadedPaths(addresses)) modules.add(fileUrlOf(path));
  // A Set iterates over what is added meanwhile.
  for (const module of modules) {
    if (module === undefined || isOfPackage(module)) continue;
    yield module;
    if (modules.size < MOST_MODULES) for (const url of ownImportsOf(module)) modules.add(url);
  }
}

function* ownImportsOf(module: string): Generator<string> {
  const later = textOfModule(module).matchAll(/\bimport\s*\(\s*(?:"([^"\n]+)"|'([^'\n]+)')/g);
  const specifiers = [...specifiersOf(module), ...Array.from(later, ([, a, b]) => a ?? b ?? "")];
  for (const specifier of specifiers) {
    const destination = destinationOf(module, specifier);
    if (destination.kind === "own") yield destination.url;
  }
}

function loadedPaths([first]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  return Object.keys(createRequire(pathOf(first)).cache);
}
