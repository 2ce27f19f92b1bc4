import * as types from "node:util/types";
import { type BuiltinPath, builtinPathOf } from "../codec/builtins.ts";
import { isOfNode } from "../codec/node-code.ts";
import { declares } from "./declares.ts";
import type { Use } from "./free-variables.ts";
import { fileUrlOf } from "./home.ts";
import { findImport } from "./import-finder.ts";
import { inspectorFailure, type Inspection } from "./inspect.ts";
import { moduleOfNamespace } from "./members.ts";
import type { ImportedValue } from "./shipped-code.ts";
import { importsOfName } from "./user-imports.ts";
import type { Whereabouts } from "./whereabouts.ts";
import { type CapturePath, undeclaredError, unreadableError } from "./refusals.ts";

/** Variables that the caller gives by name. */
export type Captures = Readonly<Record<string, unknown>>;

/** What a free name stands for. */
export type Found =
  | {
      readonly kind: "variable";
      readonly value: unknown;
      readonly where: "given" | Whereabouts;
    }
  /** What every thread has on its global object, or what none has: it is asked for only. */
  | { readonly kind: "global" }
  | { readonly kind: "imported"; readonly value: ImportedValue }
  | { readonly kind: "importer"; readonly home: string | undefined };

const GLOBAL: Found = { kind: "global" };

/** Names that mean the same wherever nothing declares them anew. */
const CONSTANTS: ReadonlySet<string> = new Set(["undefined", "NaN", "Infinity"]);

/** What test runners that evaluate modules by themselves write in place of `import()`. */
const RUNNERS_IMPORT = /^__vi(?:te)?_(?:ssr_dynamic_)?import__$/;

/**
 * What a free name of a function stands for.
 *
 * @param address - of the module that the function is in
 * @throws ShipError when nothing of that name can be found, or may be looked for
 */
export function findVariable(
  name: string,
  use: Use,
  captures: Captures | undefined,
  inspection: Inspection | undefined,
  path: CapturePath,
  address: string | undefined,
): Found {
  if (captures !== undefined && Object.hasOwn(captures, name)) {
    return { kind: "variable", value: captures[name], where: "given" };
  }
  if (inspection === undefined) return findUnseen(name, path, address);
  for (const { variables, description } of inspection.scopes) {
    if (!Object.hasOwn(variables, name)) continue;
    const value = variables[name];
    if (RUNNERS_IMPORT.test(name)) return { kind: "importer", home: fileUrlOf(address) };
    return { kind: "variable", value, where: whereaboutsOf(description, inspection) };
  }
  if (CONSTANTS.has(name)) return GLOBAL;
  if (name in globalThis) return findGlobal(name);
  if (use.isAskedFor) return GLOBAL;
  throw undeclaredError(path, name);
}

function whereaboutsOf(description: string, { scopes }: Inspection): Whereabouts {
  if (description === "Module") return "module";
  return scopes.some((scope) => scope.description === "Module") ? "inside" : "script";
}

/** Something that the program itself has put on the global object is in this thread only. */
function findGlobal(name: string): Found {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (descriptor === undefined || !("value" in descriptor)) return GLOBAL;
  const value = descriptor.value as unknown;
  const path = builtinPathOf(value);
  const isSame =
    path?.length === 2 && path[0] === "globalThis"
      ? path[1] === name
      : typeof value === "function" && isOfNode(value, "", name);
  return isSame ? GLOBAL : { kind: "variable", value, where: "given" };
}

/** Where nobody can look into the function, its module's text tells what it imports. */
function findUnseen(name: string, path: CapturePath, address: string | undefined): Found {
  const site = { address, scopes: [] };
  const value = findImport(undefined, name, site, importsOfName(address, name), undefined);
  if (value !== undefined) return { kind: "imported", value: { ...value, likeness: undefined } };
  const isDeclared = address !== undefined && declares(address, name);
  if (CONSTANTS.has(name) && !isDeclared) return GLOBAL;
  if (name in globalThis && address !== undefined && !isDeclared) return findGlobal(name);
  throw unreadableError(path, name, inspectorFailure());
}

/** The directory that a CommonJS `require` resolves from; undefined when `value` is something else. */
export function requireDirectory(value: object): string | undefined {
  if (typeof value !== "function" || value.name !== "require") return undefined;
  const { resolve, cache } = value as Partial<NodeJS.Require>;
  if (typeof resolve?.paths !== "function" || typeof cache !== "object") return undefined;
  return resolve.paths("./")?.[0];
}

/**
 * Where an object of Node is, also the namespace around one of its modules.
 *
 * @param isNamed - Claim: only members by their names are used, of which `default` is none, so that the module serves
 *   as well as the namespace
 */
export function builtinObjectPath(value: object, isNamed: boolean): BuiltinPath | undefined {
  if (types.isProxy(value)) return undefined;
  const path = builtinPathOf(value);
  if (path !== undefined || !isNamed) return path;
  return moduleOfNamespace(value);
}
