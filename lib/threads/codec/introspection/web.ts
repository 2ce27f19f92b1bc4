import { getterOf } from "../intrinsics.ts";

// What the language tells of a value: a member of a built-in class throws if the object is none of the class. Of a
// Proxy nothing tells; sending it fails.

type Probe = (this: unknown) => unknown;
type Test<T> = (value: unknown) => value is T;

const shared = (globalThis as { SharedArrayBuffer?: SharedArrayBufferConstructor })
  .SharedArrayBuffer;

/** Of a class that only Node has. */
export const bufferPrototype: object | undefined = undefined;
/** Undefined in a page that is not isolated from other origins. */
export const sharedMemoryPrototype: object | undefined = shared?.prototype;

export const isArrayBuffer: Test<ArrayBuffer> = of(getterOf(ArrayBuffer.prototype, "byteLength"));
export const isSharedArrayBuffer: Test<SharedArrayBuffer> = of(
  shared && getterOf(shared.prototype, "byteLength"),
);
export const isMap: Test<Map<unknown, unknown>> = of(getterOf(Map.prototype, "size"));
export const isSet: Test<Set<unknown>> = of(getterOf(Set.prototype, "size"));
export const isDate: Test<Date> = of(method(Date.prototype, "getTime"));
export const isRegExp: Test<RegExp> = of(getterOf(RegExp.prototype, "global"));
// oxlint-disable-next-line typescript/no-wrapper-object-types -- it is one of these
export const isStringObject: Test<String> = of(method(String.prototype, "valueOf"));
// oxlint-disable-next-line typescript/no-wrapper-object-types -- it is one of these
export const isSymbolObject: Test<Symbol> = of(method(Symbol.prototype, "valueOf"));
const isNumberObject: Test<object> = of(method(Number.prototype, "valueOf"));
const isBooleanObject: Test<object> = of(method(Boolean.prototype, "valueOf"));
const isBigIntObject: Test<object> = of(method(BigInt.prototype, "valueOf"));

const nameOfTyped = getterOf(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
) as Probe;

export function isBoxedPrimitive(value: unknown): value is object {
  return [isStringObject, isNumberObject, isBooleanObject, isBigIntObject, isSymbolObject].some(
    (isOne: (value: unknown) => boolean) => isOne(value),
  );
}

export function isAnyArrayBuffer(value: unknown): value is ArrayBufferLike {
  return isArrayBuffer(value) || isSharedArrayBuffer(value);
}

export function isDataView(value: unknown): value is DataView {
  return ArrayBuffer.isView(value) && nameOfTyped.call(value) === undefined;
}

export function isUint8Array(value: unknown): value is Uint8Array {
  return nameOfTyped.call(value) === "Uint8Array";
}

export function isNativeError(value: unknown): value is Error {
  const { isError } = Error as { isError?: (value: unknown) => boolean };
  return isError === undefined ? tagOf(value) === "Error" : isError(value);
}

export function isGeneratorObject(value: unknown): value is Generator {
  return tagOf(value) === "Generator" || tagOf(value) === "AsyncGenerator";
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return tagOf(value) === "Promise";
}

export function isModuleNamespaceObject(value: unknown): boolean {
  return Object.getPrototypeOf(value) === null && tagOf(value) === "Module";
}

export function isProxy(_value: unknown): boolean {
  return false;
}

export function isExternal(_value: unknown): boolean {
  return false;
}

export function inspect(value: unknown): string {
  return String(value);
}

export function isDeepEqual(one: unknown, other: unknown): boolean {
  return Object.is(one, other);
}

/** Whether a probe takes a value for one of its class. */
function of<T>(probe: Probe | undefined): Test<T> {
  return (value): value is T => {
    if (probe === undefined || typeof value !== "object" || value === null) return false;
    try {
      probe.call(value);
      return true;
    } catch {
      return false;
    }
  };
}

function method(prototype: object, name: string): Probe {
  return Reflect.get(prototype, name) as Probe;
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
