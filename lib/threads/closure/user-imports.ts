import { isBuiltin } from "node:module";
import * as types from "node:util/types";
import { bindingsOf, imported } from "./bindings.ts";
import { fileUrlOf, isOfPackage } from "./home.ts";
import { isImportable } from "./importable.ts";
import type { ScopeVariables } from "./inspect.ts";
import { loadedModule } from "./loaded-module.ts";
import { isSafeToImport } from "./safe-module.ts";
import type { ImportSource } from "./shipped-code.ts";
import { destinationOf, packageNamed, packageOf } from "./specifier.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** What test runners that evaluate modules by themselves call what a module imports. */
const RUNNERS_NAMESPACE = /^__vi(?:te)?_(?:ssr_)?import_\d+__$/;

/** How far a name is followed through modules that hand it on. */
const DEEPEST = 6;

/** What the module at `address` imports as `name`. */
export function importsOfName(address: string | undefined, name: string): readonly ImportSource[] {
  const home = fileUrlOf(address);
  if (home === undefined) return [];
  const bindings = bindingsOf(home).imports.get(name) ?? [];
  return bindings.map((binding) => ({ ...binding, home }));
}

/**
 * What the variable `name` with `value` has been imported as. A variable of the module is what the module imports by
 * its name; one that a function has may be another of the same name, unless `require` gives that very value, or Node
 * has it.
 */
export function originOf(
  address: string | undefined,
  name: string,
  value: unknown,
  where: Whereabouts,
): readonly ImportSource[] {
  const sources = importsOfName(address, name);
  if (where === "module") return sources;
  return sources.filter((source) =>
    source.how === "require" || (where === "script" && isBuiltin(source.specifier))
      ? isWhatRequireGave(source, value)
      : !source.isStatic && isNamespaceOrFunction(value),
  );
}

function isWhatRequireGave(source: ImportSource, value: unknown): boolean {
  if (source.isWrapped) return typeof value === "object" || typeof value === "function";
  const held = heldUnder(source.names, loadedModule(source));
  return held === undefined || held.value === value;
}

/** What a module has under these names; undefined when an accessor would have to tell. */
function heldUnder(
  names: readonly string[],
  module: unknown,
): { readonly value: unknown } | undefined {
  let held = module;
  for (const name of names) {
    const descriptor = isObject(held) ? descriptorOf(held, name) : undefined;
    if (descriptor !== undefined && !("value" in descriptor)) return undefined;
    held = descriptor?.value as unknown;
  }
  return { value: held };
}

/**
 * Claim: `fn` of a CommonJS module may be what `source` names, as far as can be seen; undefined when nothing can be. A
 * default may be the module itself.
 */
export function mayBeImportOf(source: ImportSource, fn: object): boolean | undefined {
  const module = loadedModule(source);
  if (module === undefined) return undefined;
  const [first, ...rest] = source.names;
  const ways = first === "default" ? [source.names, rest] : [source.names];
  const held = ways.map((names) => heldUnder(names, module));
  return held.includes(undefined) ? undefined : held.some((one) => one?.value === fn);
}

function isNamespaceOrFunction(value: unknown): boolean {
  return typeof value === "function" || types.isModuleNamespaceObject(value);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * What the module at `address` imports under that name from elsewhere: for code in which a compiler has put a namespace
 * into each place where the author had a variable.
 */
export function importsOfMember(
  address: string | undefined,
  member: string,
): readonly ImportSource[] {
  const home = fileUrlOf(address);
  if (home === undefined) return [];
  const all = [...bindingsOf(home).imports.values()].flat();
  const named = all.filter(({ names }) => names.at(-1) === member);
  const namespaces = all.filter(({ names }) => names.length === 0);
  return [
    ...named.map((binding) => ({ ...binding, home })),
    ...namespaces.map((binding) => ({ ...binding, home, names: [member] })),
  ];
}

/** What the module imports of the package that `address` is in. */
export function importsOfPackage(
  home: string | undefined,
  address: string | undefined,
): readonly ImportSource[] {
  const from = fileUrlOf(home);
  const name = address === undefined ? undefined : packageOf(address);
  if (from === undefined || name === undefined) return [];
  const all = [...bindingsOf(from).imports.values()].flat();
  return all
    .filter(({ specifier }) => packageNamed(specifier) === name)
    .map((binding) => ({ ...binding, home: from }));
}

export function membersOf(
  sources: readonly ImportSource[],
  member: string,
): readonly ImportSource[] {
  return sources.map((source) => ({ ...source, names: [...source.names, member] }));
}

/**
 * Claim: it is said where it comes from, and that is an installed package, or Node. Objects of Node are known by
 * themselves; one that is not is what a test has put in the place of another.
 */
export function comesFromPackage([first]: readonly ImportSource[], value: unknown): boolean {
  if (first === undefined || (isObject(value) && isBuiltin(first.specifier))) return false;
  return destinationOf(first.home, first.specifier).kind === "package";
}

/** Where a worker may import what `sources` say: from packages, past the program's own modules that hand it on. */
export function packageSources(sources: readonly ImportSource[]): readonly ImportSource[] {
  return sources.flatMap((source) => follow(source, DEEPEST)).filter(isFromPackage);
}

/** The same, and from the program's own modules where that starts nothing. */
export function safeSources(sources: readonly ImportSource[]): readonly ImportSource[] {
  return sources
    .flatMap((source) => follow(source, DEEPEST))
    .filter((source) => isFromPackage(source) || isOwnAndSafe(source));
}

function isFromPackage({ home, specifier }: ImportSource): boolean {
  return destinationOf(home, specifier).kind === "package";
}

function isOwnAndSafe({ home, specifier }: ImportSource): boolean {
  const destination = destinationOf(home, specifier);
  return (
    destination.kind === "own" && isImportable(destination.url) && isSafeToImport(destination.url)
  );
}

/** The places that hand on what `source` names, the last one first, and at the end `source` itself. */
function follow(source: ImportSource, depth: number): readonly ImportSource[] {
  const destination = destinationOf(source.home, source.specifier);
  const [name, ...rest] = source.names;
  if (destination.kind !== "own" || name === undefined || depth === 0) return [source];
  const home = destination.url;
  const { reexports, exports, imports, stars } = bindingsOf(home);
  const direct = reexports.get(name);
  const local = exports.get(name);
  const next = [
    ...(direct === undefined ? [] : [direct]),
    ...(local === undefined ? [] : (imports.get(local) ?? [])),
  ];
  const through = next.map((one) => ({ ...one, home, names: [...one.names, ...rest] }));
  const handedOn = stars.map((one) => ({ ...one, home, names: [...one.names, ...source.names] }));
  const all = through.length > 0 ? through : local === undefined ? handedOn : [];
  return [...all.flatMap((one) => follow(one, depth - 1)), source];
}

/**
 * Where a function of a package is among what the module at `address` imports, when the variable that has it is no
 * import itself: `const { map } = R`. Looks at properties that are values, never at accessors.
 */
export function importsOfValue(
  address: string | undefined,
  value: object,
  scopes: readonly ScopeVariables[],
): readonly ImportSource[] {
  const home = fileUrlOf(address);
  if (home === undefined) return [];
  const found: ImportSource[] = [];
  for (const [local, bindings] of bindingsOf(home).imports) {
    for (const binding of bindings) {
      const source = { ...binding, home };
      for (const held of valuesOfBinding(source, local, scopes)) {
        for (const names of namesWithin(held, value)) {
          found.push({ ...source, names: [...source.names, ...names] });
        }
      }
    }
  }
  return [...found, ...exportsOfValue(home, value, scopes)];
}

/** A variable of the module itself that it exports. */
function* exportsOfValue(
  home: string,
  value: object,
  scopes: readonly ScopeVariables[],
): Generator<ImportSource> {
  const variables = scopes.at(-1)?.variables ?? {};
  for (const [exported, local] of bindingsOf(home).exports) {
    if (!Object.hasOwn(variables, local) || variables[local] !== value) continue;
    const names = [exported];
    yield { ...imported(home, names), home };
  }
}

/** More than one where a test runner has put a namespace in the place of each import, and only it knows which. */
function valuesOfBinding(
  source: ImportSource,
  local: string,
  scopes: readonly ScopeVariables[],
): readonly unknown[] {
  const scope = scopes.find(({ variables }) => Object.hasOwn(variables, local));
  if (scope !== undefined) return [scope.variables[local]];
  if (source.how === "require") return source.names.length === 0 ? [loadedModule(source)] : [];
  const namespaces = scopes.flatMap(({ variables }) =>
    Object.keys(variables).flatMap((name) =>
      RUNNERS_NAMESPACE.test(name) ? [variables[name]] : [],
    ),
  );
  return namespaces.map((namespace) => heldUnder(source.names, namespace)?.value);
}

function* namesWithin(container: unknown, value: object): Generator<readonly string[]> {
  if (container === value) yield [];
  for (const [name, member] of valuesIn(container)) {
    if (member === value) yield [name];
    if (name !== "default") continue;
    for (const [inner, one] of valuesIn(member)) if (one === value) yield [name, inner];
  }
}

function* valuesIn(container: unknown): Generator<readonly [name: string, value: unknown]> {
  if (!isObject(container) || types.isProxy(container)) return;
  for (const name of Object.keys(container)) {
    const descriptor = descriptorOf(container, name);
    if (descriptor !== undefined && "value" in descriptor) yield [name, descriptor.value];
  }
}

/** A variable of a module that has not been initialised yet throws. */
function descriptorOf(container: object, name: string): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(container, name);
  } catch {
    return undefined;
  }
}

/** What the main module of a package may call the function `fn` that is in the package. */
export function guessesOf(
  fn: object,
  address: string | undefined,
  home: string | undefined,
): readonly ImportSource[] {
  const from = fileUrlOf(home);
  const specifier = address === undefined ? undefined : packageOf(address);
  if (specifier === undefined || from === undefined || isOfPackage(from)) return [];
  const { name } = fn as { readonly name: unknown };
  const paths: string[][] = [["default"], []];
  if (typeof name === "string" && name !== "") paths.unshift([name], ["default", name]);
  return paths.map((names) => ({ ...imported(specifier, names), home: from }));
}
