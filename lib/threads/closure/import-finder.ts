import { isBuiltin } from "node:module";
import * as types from "node:util/types";
import { imported as binding } from "./bindings.ts";
import { fileUrlOf, isOfPackage } from "./home.ts";
import type { ScopeVariables } from "./inspect.ts";
import { likenessOf } from "./likeness.ts";
import { moduleOfNamespace } from "./members.ts";
import type { SourcePlace } from "./place.ts";
import type { ImportedValue, ImportSource } from "./shipped-code.ts";
import { textOf } from "../codec/intrinsics.ts";
import { functionName } from "../codec/own-data.ts";
import { importsOfArguments } from "./call-text.ts";
import { stackPlaces } from "./stack-places.ts";
import {
  guessesOf,
  importsOfMember,
  importsOfPackage,
  importsOfValue,
  mayBeImportOf,
  packageSources,
  safeSources,
} from "./user-imports.ts";

/** The code that has a value in a variable. */
export interface Site {
  readonly address: string | undefined;
  readonly scopes: readonly ScopeVariables[];
}

const known = new WeakMap<object, Map<string, ImportedValue | undefined>>();

/**
 * How a worker comes by a value of a package: as the module that uses it does.
 *
 * @param label - what that module calls it
 * @param origin - what its text says of the variable that has it
 * @param place - where a function is, if that is known
 */
export function findImport(
  value: unknown,
  label: string,
  site: Site,
  origin: readonly ImportSource[],
  place: SourcePlace | undefined,
): ImportedValue | undefined {
  const find = (): ImportedValue | undefined =>
    imported(value, label, sourcesOf(value, label, site, origin, place));
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject) return find();
  let byUse = known.get(value);
  if (byUse === undefined) known.set(value, (byUse = new Map()));
  const use = `${site.address} ${label} ${origin.length}`;
  if (!byUse.has(use)) byUse.set(use, find());
  return byUse.get(use);
}

/**
 * The same for a function that is given to a call by itself: the text of the call may name it, and its module import
 * it.
 */
export function findImportOfCall(
  fn: object,
  label: string,
  place: SourcePlace | undefined,
): ImportedValue | undefined {
  const places = stackPlaces().filter(({ address }) => !isOfPackage(address));
  const named = places.flatMap(importsOfArguments);
  const callers = [...new Set(places.map(({ address }) => address))];
  const guesses = callers.flatMap((caller) => guessesIn(caller, fn, label, place));
  return imported(fn, label, [...eachAlone(packageSources(named)), ...guesses]);
}

/**
 * How a worker comes by something that cannot be copied, but stands exported in a module: of a package, or of the
 * program where importing it starts nothing.
 */
export function findSafeImport(
  value: object,
  label: string,
  site: Site,
  origin: readonly ImportSource[],
): ImportedValue | undefined {
  const found = origin.length > 0 ? origin : importsOfValue(site.address, value, site.scopes);
  return imported(value, label, eachAlone(safeSources(found)));
}

/** How a worker comes by the namespace around a module of Node, which is another object than the module. */
export function namespaceOfNode(
  value: unknown,
  label: string,
  { address }: Site,
): ImportedValue | undefined {
  const [specifier] = moduleOfNamespace(value) ?? [];
  if (specifier === undefined) return undefined;
  const home = fileUrlOf(address) ?? "file:///";
  return imported(value, label, [[{ ...binding(specifier, []), home }]]);
}

type Rows = ImportedValue["sources"];

function sourcesOf(
  value: unknown,
  label: string,
  site: Site,
  origin: readonly ImportSource[],
  place: SourcePlace | undefined,
): Rows {
  const named = packageSources(origin);
  if (named.length > 0 || typeof value !== "function") return eachAlone(named);
  const held = packageSources(importsOfValue(site.address, value, site.scopes));
  if (held.length > 0) return eachAlone(held);
  return site.address === undefined ? [] : guessesIn(site.address, value, label, place);
}

/** Where a module may have a function of a package from, by its names and by the package that it is in. */
function guessesIn(home: string, fn: object, label: string, place: SourcePlace | undefined): Rows {
  const address = place?.address;
  if (place === undefined || address === undefined || !isOfPackage(address)) return [];
  const own = functionName(fn);
  const member = label.split(".").at(-1) ?? label;
  const names = own !== "" && own !== member ? [member, own] : [member];
  const rows = [
    importsOfPackage(home, address),
    names.flatMap((name) => importsOfMember(home, name)),
    guessesOf(fn, address, home),
  ];
  const isOnly = !place.isMade && !isMarked(fn);
  const isLikely = (source: ImportSource): boolean =>
    !isBuiltin(source.specifier) &&
    ((place.isInModule ? undefined : mayBeImportOf(source, fn)) ?? isOnly);
  return rows.map((row) => packageSources(row).filter(isLikely)).filter((row) => row.length > 0);
}

/** Claim: more was put on it than its text makes, so that another one of the same text may be something else. */
function isMarked(fn: object): boolean {
  if (/^class\b/.test(textOf(fn))) return false;
  const isOrdinary =
    Object.getPrototypeOf(fn) === Function.prototype ||
    types.isAsyncFunction(fn) ||
    types.isGeneratorFunction(fn);
  return !isOrdinary || Object.keys(fn).length > 0;
}

function eachAlone(sources: readonly ImportSource[]): Rows {
  return sources.map((source) => [source]);
}

function imported(value: unknown, label: string, sources: Rows): ImportedValue | undefined {
  if (sources.length === 0) return undefined;
  return { label, sources, likeness: likenessOf(value) };
}
