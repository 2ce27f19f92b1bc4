import * as types from "./introspection.ts";
import { getterOf } from "./intrinsics.ts";
import { isNative } from "./realm.ts";
import { functionName, ownData, prototypesOf } from "./own-data.ts";
import { typedArrayName } from "./memory.ts";

/**
 * How the codec treats an object.
 *
 * - `plain`, `bare` (no prototype), `array`, `map`, `set`: hold other values
 * - `leaf`, `expression`, `memory`, `view`: structured clone carries them, with nothing inside to look at
 * - `buffer`: arrives as a Uint8Array and is made a Buffer again
 * - `error`: rebuilt from what it carries
 * - `host`: an object of Node that knows how to be cloned
 * - `movable`: one that can move but not be copied
 * - `opaque`: structured clone would throw or, worse, silently make it a plain object
 */
export type Kind =
  | "plain"
  | "bare"
  | "array"
  | "map"
  | "set"
  | "leaf"
  | "expression"
  | "memory"
  | "view"
  | "buffer"
  | "error"
  | "host"
  | "movable"
  | "opaque";

const VIEWS = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** By prototype: one look-up decides for nearly every object. */
const familiar = new Map<object | null, Kind>([
  [null, "bare"],
  [Object.prototype, "plain"],
  [Array.prototype, "array"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [RegExp.prototype, "expression"],
  [ArrayBuffer.prototype, "memory"],
  ...(types.sharedMemoryPrototype === undefined
    ? []
    : [[types.sharedMemoryPrototype, "memory"] as const]),
  ...(types.bufferPrototype === undefined ? [] : [[types.bufferPrototype, "buffer"] as const]),
  ...[Date, Boolean, Number, String, BigInt].map((leaf): [object, Kind] => [
    leaf.prototype as object,
    "leaf",
  ]),
  ...VIEWS.map((view): [object, Kind] => [view.prototype, "view"]),
]);

/** Prototypes met later: other realms, Node's own classes, the program's classes. */
const judged = new WeakMap<object, Kind | "of another realm">();

/** Whether a value travels as it is. */
export function isLight(value: unknown): boolean {
  return (
    value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

/** Most objects are. */
export function isPlain(value: object): boolean {
  return !types.isProxy(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Looks at an object without running any code of it. */
export function kindOf(value: object): Kind {
  if (types.isProxy(value)) return "opaque";
  const prototype = Object.getPrototypeOf(value) as object | null;
  const kind = familiar.get(prototype);
  if (kind === "plain") return kind;
  if (kind === undefined) return judge(value, prototype as object);
  return isOfKind(value, kind, prototype) ? kind : "opaque";
}

/** Whether an object is what its prototype says. */
function isOfKind(value: object, kind: Kind, prototype: object | null): boolean {
  switch (kind) {
    case "bare":
      return !types.isModuleNamespaceObject(value);
    case "array":
      return Array.isArray(value);
    case "map":
      return types.isMap(value);
    case "set":
      return types.isSet(value);
    case "leaf":
      return types.isDate(value) || types.isBoxedPrimitive(value);
    case "expression":
      return types.isRegExp(value);
    case "memory":
      return types.isAnyArrayBuffer(value);
    case "buffer":
      return types.isUint8Array(value);
    case "view":
      return types.isDataView(value)
        ? prototype === DataView.prototype
        : ArrayBuffer.isView(value) && prototype === prototypeNamed(typedArrayName(value));
    default:
      return true;
  }
}

function prototypeNamed(name: string): unknown {
  return (globalThis as unknown as Record<string, { prototype?: unknown }>)[name]?.prototype;
}

function judge(value: object, prototype: object): Kind {
  if (types.isNativeError(value) || isDOMException(value)) return "error";
  const known = judged.get(prototype);
  if (known !== undefined) return known === "of another realm" ? kindByBrand(value) : known;
  if (types.isProxy(prototype)) return "opaque";
  // Older classes of errors are plain functions, and what they make is no error to the engine.
  if ([...prototypesOf(value)].includes(Error.prototype)) {
    judged.set(prototype, "error");
    return "error";
  }
  if (isOfAnotherRealm(prototype)) {
    judged.set(prototype, "of another realm");
    return kindByBrand(value);
  }
  return trial(value, prototype);
}

const nameOfException = getterOf(DOMException.prototype, "name");

export function isDOMException(value: object): value is DOMException {
  for (const prototype of prototypesOf(value)) {
    if (prototype === DOMException.prototype) return isBranded(value);
  }
  return false;
}

function isBranded(value: object): boolean {
  try {
    nameOfException.call(value);
    return true;
  } catch {
    return false;
  }
}

/** The built-in classes of a `vm` context have prototypes of their own, but their constructors are still native. */
function isOfAnotherRealm(prototype: object): boolean {
  const made = ownData(prototype, "constructor");
  if (typeof made !== "function" || ownData(made, "prototype") !== prototype) return false;
  return functionName(made) in globalThis && isNative(made);
}

function kindByBrand(value: object): Kind {
  if (Array.isArray(value)) return "array";
  if (types.isMap(value)) return "map";
  if (types.isSet(value)) return "set";
  if (types.isRegExp(value)) return "expression";
  if (types.isAnyArrayBuffer(value)) return "memory";
  if (ArrayBuffer.isView(value)) return "view";
  if (types.isDate(value)) return "leaf";
  if (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)) return "leaf";
  const prototype = Object.getPrototypeOf(value) as object;
  const isObjectPrototype = Object.getPrototypeOf(prototype) === null;
  const made = ownData(prototype, "constructor");
  if (isObjectPrototype && functionName(made as object) === "Object") return "plain";
  return trial(value, prototype);
}

/**
 * Classes of Node that know how to be cloned (KeyObject, Blob, BlockList, …) come out with their prototype; all
 * others come out as plain objects, and nothing but trying tells them apart. Once for each class, on an instance that
 * holds nothing whose code a clone would run.
 */
function trial(value: object, prototype: object): Kind {
  if (!holdsOnlyPrimitives(value)) return "opaque";
  const kind = outcomeOfClone(value, prototype);
  judged.set(prototype, kind);
  return kind;
}

function holdsOnlyPrimitives(value: object): boolean {
  return Object.keys(value).every((key) => {
    const { value: held, writable } = Object.getOwnPropertyDescriptor(value, key)!;
    return writable !== undefined && (typeof held !== "object" || held === null || isBare(held));
  });
}

/** What holds something might hold code. */
function isBare(held: object): boolean {
  return !types.isProxy(held) && Object.getOwnPropertyNames(held).length === 0;
}

function outcomeOfClone(value: object, prototype: object): Kind {
  try {
    const clone: unknown = structuredClone(value);
    const isKept = Object.prototype.isPrototypeOf.call(prototype, clone as object);
    return isKept ? "host" : "opaque";
  } catch (failure) {
    const mustMove = failure instanceof Error && /transfer/.test(failure.message);
    return mustMove ? "movable" : "opaque";
  }
}
