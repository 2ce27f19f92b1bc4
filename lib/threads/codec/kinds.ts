import { types } from "node:util";

/**
 * How the codec treats an object.
 *
 * - `plain`, `bare` (no prototype), `array`, `map`, `set`: hold other values
 * - `leaf`: structured clone carries it faithfully, with nothing inside to look at
 * - `buffer`: arrives as a Uint8Array and is made a Buffer again
 * - `error`: rebuilt from what it carries
 * - `opaque`: structured clone would throw or, worse, silently make it a plain object
 */
export type Kind =
  | "plain"
  | "bare"
  | "array"
  | "map"
  | "set"
  | "leaf"
  | "buffer"
  | "error"
  | "opaque";

const LEAVES = [
  Date,
  RegExp,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Boolean,
  Number,
  String,
  BigInt,
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
  [Buffer.prototype, "buffer"],
  ...LEAVES.map((leaf): [object, Kind] => [leaf.prototype as object, "leaf"]),
]);

/** Prototypes met later: other realms, Node's own classes, the program's classes. */
const judged = new WeakMap<object, Kind>();

export function kindOf(value: object): Kind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const kind = familiar.get(prototype);
  if (kind === undefined) return judge(value, prototype as object);
  if (kind === "plain" || kind === "array" || kind === "leaf" || kind === "buffer") return kind;
  return verify(value, kind);
}

/** The kinds whose handling would throw on an object that only pretends by its prototype. */
function verify(value: object, kind: Kind): Kind {
  if (kind === "map") return types.isMap(value) ? kind : "opaque";
  if (kind === "set") return types.isSet(value) ? kind : "opaque";
  if (kind === "bare" && types.isModuleNamespaceObject(value)) return "opaque";
  return kind;
}

function judge(value: object, prototype: object): Kind {
  if (types.isNativeError(value) || isDOMException(value)) return "error";
  const known = judged.get(prototype);
  if (known !== undefined) return known;
  const kind = isOfAnotherRealm(prototype) ? kindByBrand(value) : trial(value, prototype);
  judged.set(prototype, kind);
  return kind;
}

export function isDOMException(value: object): value is DOMException {
  return value instanceof DOMException;
}

/** The built-in classes of a `vm` context have prototypes of their own, but their constructors are still native. */
function isOfAnotherRealm(prototype: object): boolean {
  const made = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  if (typeof made !== "function") return false;
  if (made.prototype !== prototype) return false;
  return (
    made.name in globalThis &&
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(made))
  );
}

function kindByBrand(value: object): Kind {
  if (Array.isArray(value)) return "array";
  if (types.isMap(value)) return "map";
  if (types.isSet(value)) return "set";
  const isLeaf =
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    (types.isBoxedPrimitive(value) && !types.isSymbolObject(value));
  if (isLeaf) return "leaf";
  const prototype = Object.getPrototypeOf(value) as object;
  const isObjectPrototype = Object.getPrototypeOf(prototype) === null;
  if (isObjectPrototype && prototype.constructor.name === "Object") return "plain";
  return trial(value, prototype);
}

/**
 * Classes of Node that know how to be cloned (KeyObject, Blob, BlockList, …) come out with their prototype; all
 * others come out as plain objects, and nothing but trying tells them apart. Once for each class.
 */
function trial(value: object, prototype: object): Kind {
  try {
    const clone = structuredClone(value);
    return Object.prototype.isPrototypeOf.call(prototype, clone) ? "leaf" : "opaque";
  } catch (failure) {
    // What can only be moved is judged by `postMessage`, which knows what is being moved.
    const mustMove = failure instanceof Error && /transfer/.test(failure.message);
    return mustMove ? "leaf" : "opaque";
  }
}
