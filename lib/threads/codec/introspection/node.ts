import * as types from "node:util/types";
import type { InspectOptions } from "node:util";

// What the engine tells of a value without running any of its code.

export {
  isAnyArrayBuffer,
  isArrayBuffer,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isGeneratorObject,
  isMap,
  isModuleNamespaceObject,
  isNativeError,
  isPromise,
  isProxy,
  isRegExp,
  isSet,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isUint8Array,
} from "node:util/types";

/** Of a class that only Node has. */
export const bufferPrototype: object | undefined = Buffer.prototype;

export const sharedMemoryPrototype: object | undefined = SharedArrayBuffer.prototype;

/** Deno has no such values. */
export function isExternal(value: unknown): boolean {
  return (types as Partial<typeof types>).isExternal?.(value) === true;
}

export function inspect(value: unknown, options?: InspectOptions): string {
  return nodeUtil().inspect(value, options);
}

export function isDeepEqual(one: unknown, other: unknown): boolean {
  return nodeUtil().isDeepStrictEqual(one, other);
}

/** Importing it loads streams and worker threads along from Node 22 on; `node:util/types` loads nothing. */
function nodeUtil(): typeof import("node:util") {
  return process.getBuiltinModule("node:util");
}
