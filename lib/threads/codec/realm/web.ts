import { functionName, ownData } from "../own-data.ts";
import { textOf } from "../intrinsics.ts";

// What every thread of a page has anyway: the language.

/** Where a built-in value is found in every thread: `globalThis`, then property names. */
export type BuiltinPath = readonly string[];

const NAMES =
  `Object Function Array Number Boolean String Symbol BigInt Date RegExp Map Set WeakMap WeakSet WeakRef Promise Proxy
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  Float32Array Float64Array BigInt64Array BigUint64Array Math JSON Reflect Atomics Intl
  parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI decodeURIComponent
  structuredClone atob btoa`.split(/\s+/);
/** `Array.prototype.map` is as deep as it gets. */
const DEEPEST = 4;

let paths: Map<unknown, BuiltinPath> | undefined;

/** The path of a built-in of the language, found by identity. */
export function builtinPathOf(value: unknown): BuiltinPath | undefined {
  if (paths === undefined) {
    paths = new Map();
    for (const name of NAMES) register(Reflect.get(globalThis, name), ["globalThis", name], paths);
  }
  return paths.get(value);
}

export function builtinAt([, ...names]: BuiltinPath): unknown {
  let value: unknown = globalThis;
  for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function register(value: unknown, path: BuiltinPath, into: Map<unknown, BuiltinPath>): void {
  const isObject = typeof value === "object" && value !== null;
  if (!(isObject || (typeof value === "function" && isNative(value))) || into.has(value)) return;
  into.set(value, path);
  if (path.length === DEEPEST) return;
  for (const name of Object.getOwnPropertyNames(value)) {
    if (/^(caller|arguments|constructor)$/.test(name)) continue;
    const member = ownData(value as object, name);
    if (typeof member === "function" || name === "prototype") {
      register(member, [...path, name], into);
    }
  }
}

/** Native code says its name, which nobody can give to a function of his own. Bound functions have none. */
export function isNative(fn: object): boolean {
  return /^function [^\s(].*\{\s*\[native code\]\s*\}$/.test(textOf(fn));
}

/** Whether what the browser has put somewhere is still its own. */
export function isOfNode(fn: object, _home: string, key: string): boolean {
  return isNative(fn) && functionName(fn).endsWith(key);
}

/** The places in a stack are those of the scripts that run. */
export function originalPlaces(stack: string): string {
  return stack;
}

/** What cannot move is refused when it is sent. */
export function canMove(_memory: ArrayBuffer): boolean {
  return true;
}

/** @throws EvalError where the Content-Security-Policy forbids it */
export function runScript(text: string): unknown {
  // oxlint-disable-next-line no-eval -- a part of the library
  return (0, eval)(text);
}
