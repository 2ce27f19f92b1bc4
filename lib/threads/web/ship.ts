import { NotTransferableError, type ShipError } from "../../errors.ts";
import type { UncheckedFunction } from "../any-function.ts";
import { declarationOf } from "../closure/declared.ts";
import type { FreeVariables } from "../closure/free-variables.ts";
import {
  assignmentError,
  type CapturePath,
  obstacleError,
  refuseUncallable,
  shipError,
  textlessError,
  valueError,
} from "../closure/refusals.ts";
import type { FunctionSource } from "../closure/source.ts";
import { functionName } from "../codec/own-data.ts";
import { builtinPathOf } from "../codec/realm.ts";
import { encodeValue } from "../codec/values.ts";
import { nameOf } from "../named.ts";
import { functionBehind } from "../threaded-function.ts";
import { isStartOfPage } from "./page.ts";
import { policyError } from "./policy-error.ts";
import type { Code, FunctionMark } from "./protocol.ts";

/** What the text of a function says; undefined if it is none by itself. */
export type SourceOf = (fn: object) => FunctionSource | undefined;

/**
 * Names that mean the same in a worker as in the page. Others of the page's, such as `name` and `status`, may be
 * variables.
 */
const GLOBALS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity globalThis Object Function Array Number Boolean String Symbol BigInt Date RegExp Map Set WeakMap
  WeakSet WeakRef FinalizationRegistry Promise Proxy Iterator Error AggregateError EvalError RangeError ReferenceError
  SyntaxError TypeError URIError SuppressedError ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array
  Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array
  BigUint64Array Math JSON Reflect Atomics Intl WebAssembly eval parseInt parseFloat isNaN isFinite encodeURI
  encodeURIComponent decodeURI decodeURIComponent console performance crypto fetch structuredClone queueMicrotask
  setTimeout clearTimeout setInterval clearInterval atob btoa AbortController AbortSignal Blob CompressionStream
  DecompressionStream DOMException Event EventTarget File FileReader FormData Headers ImageData MessageChannel
  OffscreenCanvas ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams WebSocket
  WritableStream createImageBitmap indexedDB`.split(/\s+/),
);

const unimportable = new WeakSet<UncheckedFunction>();

/** From now on the function goes as text: a worker could not import its module. */
export function goesAsText(fn: UncheckedFunction): void {
  unimportable.add(fn);
}

/** What a worker finds by itself: a function of the language, or a declaration. */
export function referenceTo(fn: UncheckedFunction, hasProgram: boolean): Code | undefined {
  const path = builtinPathOf(fn);
  if (path !== undefined) return { kind: "builtin", path };
  const declaration = declarationOf(fn);
  if (declaration === undefined || unimportable.has(fn)) return undefined;
  const { url, index } = declaration;
  const name = nameOf(fn)?.name;
  const isThere = hasProgram && name !== undefined;
  if (!isThere && isStartOfPage(url)) return undefined;
  return { kind: "declared", name, url, index, source: Function.prototype.toString.call(fn) };
}

/** Captured values on their way, with the functions among them. */
export interface Captured {
  readonly values: unknown;
  readonly names: readonly string[];
  readonly inside: readonly UncheckedFunction[];
}

/** @throws ShipError for a value that cannot travel */
export function captured(fn: UncheckedFunction, captures: Record<string, unknown> = {}): Captured {
  const names = Object.keys(captures);
  const inside: UncheckedFunction[] = [];
  const onSpecial = (value: object): FunctionMark | undefined => {
    if (typeof value !== "function" || builtinPathOf(value) !== undefined) return undefined;
    // The first code is that of the function itself.
    return { code: inside.push(functionBehind(value as never) as UncheckedFunction) };
  };
  if (names.length === 0) return { values: undefined, names, inside };
  try {
    const values = encodeValue({ ...captures }, "captured", { onSpecial });
    return { values, names, inside };
  } catch (error) {
    if (!(error instanceof NotTransferableError)) throw error;
    throw valueError([functionName(fn) || "(anonymous function)"], error.path[1] ?? "", error);
  }
}

/**
 * A function as its text.
 *
 * @param captures - the names of its variables that have been given
 * @throws ShipError for what it uses that nobody could know
 */
export function codeOf(
  fn: UncheckedFunction,
  captures: readonly string[],
  sourceOf: SourceOf,
): Code {
  const path = [functionName(fn) || "(anonymous function)"];
  const source = read(fn, sourceOf);
  if (source === undefined) throw textlessError(path, fn);
  refuseUncallable(source, path);
  const { free, expression, importName, member, isStrict } = source;
  if (free.obstacle !== undefined) throw obstacleError(path, free.obstacle);
  refuseState(fn, free, path);
  const variables = variablesOf(free, captures, path);
  if (importName !== undefined) refuseRelative(expression, importName, path);
  const parameters = [...variables, ...(importName === undefined ? [] : [importName])];
  const strict = isStrict ? '"use strict";' : "";
  const suffix = member === undefined ? "" : `.${member}`;
  return {
    kind: "source",
    name: functionName(fn),
    text: `(function(${parameters.join()}){${strict}return (${expression}\n)${suffix}})`,
    variables,
    imports: importName !== undefined,
  };
}

function read(fn: UncheckedFunction, sourceOf: SourceOf): FunctionSource | undefined {
  try {
    return sourceOf(fn);
  } catch (error) {
    throw error instanceof EvalError ? policyError(functionName(fn), error) : error;
  }
}

function variablesOf(
  { uses }: FreeVariables,
  captures: readonly string[],
  path: CapturePath,
): string[] {
  const variables: string[] = [];
  for (const [name, use] of uses) {
    if (use.isAssigned) throw assignmentError(path, name);
    if (captures.includes(name)) variables.push(name);
    else if (!GLOBALS.has(name) && !use.isAskedFor) throw unknownError(path, name);
  }
  return variables;
}

function unknownError(path: CapturePath, variable: string): ShipError {
  return shipError(
    [...path, variable],
    `nobody can look up its variable \`${variable}\` in a browser`,
    `Pass it as an argument, give it in \`captures: { ${variable} }\`, or declare the function in a module of its own: \`threaded(import.meta, fn, { name })\``,
    variable,
  );
}

/** What has been put on a function stays behind; only the function itself could tell. */
function refuseState(
  fn: UncheckedFunction,
  { seesItself }: FreeVariables,
  path: CapturePath,
): void {
  if (!seesItself) return;
  const own = Reflect.ownKeys(fn).find(
    (key) => !/^(length|name|prototype|arguments|caller)$/.test(String(key)),
  );
  if (own === undefined) return;
  const what = `it looks at itself, and has a property \`${String(own)}\` that its source does not say`;
  throw shipError(path, what, "Pass what it needs as an argument");
}

/** Where a module is that is named in relation to this one, or by a bundler, nobody can tell there. */
function refuseRelative(expression: string, importName: string, path: CapturePath): void {
  const name = importName.replace("$", String.raw`\$`);
  const literal = new RegExp(String.raw`${name}\s*\(\s*(["'\x60])([^"'\x60$]*)\1\s*[,)]`, "g");
  for (const [, , specifier = ""] of expression.matchAll(literal)) {
    if (URL.canParse(specifier)) continue;
    throw shipError(
      path,
      `it imports "${specifier}", and a worker cannot tell where that is`,
      "Import a whole URL, or declare the function in a module of its own: `threaded(import.meta, fn, { name })`",
    );
  }
}
