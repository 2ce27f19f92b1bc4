import { types } from "node:util";
import { type BuiltinPath, builtinPathOf } from "../codec/builtins.ts";
import { inspectorFailure, type Inspection } from "./inspect.ts";
import type { Use } from "./free-variables.ts";
import { type CapturePath, undeclaredError, unreadableError } from "./refusals.ts";

/** Variables that the caller gives by name. */
export type Captures = Readonly<Record<string, unknown>>;

/** What a free name stands for. */
export interface Variable {
  readonly value: unknown;
  /** Claim: it is declared or imported at the top level of the function's module. */
  readonly isOfModule: boolean;
}

/** Global properties that Node itself defines as enumerable; a program's own are enumerable too. */
const ENUMERABLE_GLOBALS: ReadonlySet<string> = new Set(
  `global clearImmediate setImmediate clearInterval clearTimeout setInterval setTimeout queueMicrotask structuredClone
  atob btoa performance fetch navigator crypto`.split(/\s+/),
);

/** Names that always mean the same. */
const CONSTANTS: ReadonlySet<string> = new Set(["undefined", "NaN", "Infinity"]);

/**
 * The value of a free name, or undefined when the name means a global that every thread has.
 *
 * @throws ShipError when nothing of that name can be found, or may be looked for.
 */
export function findVariable(
  name: string,
  use: Use,
  captures: Captures | undefined,
  inspection: Inspection | undefined,
  path: CapturePath,
): Variable | undefined {
  if (captures !== undefined && Object.hasOwn(captures, name)) {
    return { value: captures[name], isOfModule: false };
  }
  if (CONSTANTS.has(name)) return undefined;
  const scopes = inspection?.scopes ?? [];
  for (const scope of scopes) {
    if (!Object.hasOwn(scope.variables, name)) continue;
    return { value: scope.variables[name], isOfModule: scope === scopes.at(-1) };
  }
  if (name in globalThis) {
    const isOfProgram =
      Object.prototype.propertyIsEnumerable.call(globalThis, name) && !ENUMERABLE_GLOBALS.has(name);
    if (!isOfProgram) return undefined;
    return { value: (globalThis as Record<string, unknown>)[name], isOfModule: false };
  }
  if (use.isAskedFor) return undefined;
  if (inspection === undefined) throw unreadableError(path, name, inspectorFailure());
  throw undeclaredError(path, name);
}

/** The directory that a CommonJS `require` resolves from; undefined when `value` is something else. */
export function requireDirectory(value: object): string | undefined {
  if (typeof value !== "function" || value.name !== "require") return undefined;
  const { resolve, cache } = value as Partial<NodeJS.Require>;
  if (typeof resolve?.paths !== "function" || typeof cache !== "object") return undefined;
  return resolve.paths("./")?.[0];
}

/** `import * as path from "node:path"` gives a namespace around the module, which is its default export. */
export function builtinObjectPath(value: object): BuiltinPath | undefined {
  if (types.isProxy(value)) return undefined;
  const path = builtinPathOf(value);
  if (path !== undefined || !types.isModuleNamespaceObject(value)) return path;
  const module = builtinPathOf((value as { default?: unknown }).default);
  return module?.length === 1 ? module : undefined;
}
