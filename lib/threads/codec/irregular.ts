import * as types from "./introspection.ts";
import type { Kind } from "./kinds.ts";
import { typedArrayLength } from "./memory.ts";

/** What a copy of an object would not have. */
export interface Irregularity {
  /** The property that is meant, if it is one. */
  readonly key: PropertyKey | undefined;
  readonly what: string;
  readonly remedy: string;
}

/** Longer lists are not taken apart element by element. */
export const LISTED = 64;

/**
 * How far an object is closed to changes.
 *
 * Invariant: one more is one step further.
 */
export const OPEN = 0;
export const CLOSED = 1;
const SEALED = 2;
export const FROZEN = 3;

export function closureOf(object: object): number {
  if (Object.isExtensible(object)) return OPEN;
  // Of an empty array the engine says so when it is sealed.
  if (Object.isFrozen(object) && !(Array.isArray(object) && hasOpenLength(object))) return FROZEN;
  return Object.isSealed(object) ? SEALED : CLOSED;
}

function hasOpenLength(array: readonly unknown[]): boolean {
  return Object.getOwnPropertyDescriptor(array, "length")!.writable === true;
}

export function close(object: object, closure: number): void {
  if (closure === FROZEN) Object.freeze(object);
  else if (closure === SEALED) Object.seal(object);
  else if (closure === CLOSED) Object.preventExtensions(object);
}

/** Whether a copy would lack a property of a container, or how it is. Runs none of its code. */
export function isIrregularProperty(
  { writable, enumerable, configurable }: PropertyDescriptor,
  closure: number,
): boolean {
  if (writable === undefined || enumerable !== true) return true;
  if (configurable !== true && closure < SEALED) return true;
  return !writable && closure !== FROZEN;
}

/** What an object has beyond what is expected of its kind. Slow: for messages. */
export function irregularityOf(object: object, kind: Kind): Irregularity | undefined {
  const [symbol] = Object.getOwnPropertySymbols(object);
  if (symbol !== undefined) {
    return {
      key: symbol,
      what: "a property whose key is a symbol, which the copy would not have",
      remedy: "Send it under a name",
    };
  }
  const closure = closureOf(object);
  const holdsNames = kind === "plain" || kind === "bare" || kind === "array";
  for (const key of Object.getOwnPropertyNames(object)) {
    if (isOfKind(object, kind, key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!;
    if (descriptor.writable === undefined) {
      return {
        key,
        what: "a getter or a setter, which the copy would not have",
        remedy: "Send the value that it gives: `{ ...object }` has it",
      };
    }
    if (!holdsNames) {
      return {
        key,
        what: "a property that was put on a built-in object, and the copy would not have it",
        remedy: "Send it beside the object",
      };
    }
    if (descriptor.enumerable !== true) {
      return {
        key,
        what: "a property that is not enumerable, which the copy would not have",
        remedy: "Make it enumerable, or send it under a name of its own",
      };
    }
    if (isIrregularProperty(descriptor, closure)) {
      return {
        key,
        what: "a property that cannot be changed, which it could in the copy",
        remedy: "Freeze the whole object, or leave it open",
      };
    }
  }
  return undefined;
}

/** Properties that every object of its kind has. */
function isOfKind(object: object, kind: Kind, key: string): boolean {
  if (kind === "array") return key === "length";
  if (kind === "expression") return key === "lastIndex";
  if (types.isStringObject(object)) return key === "length" || /^\d+$/.test(key);
  return (kind === "view" || kind === "buffer") && /^\d+$/.test(key);
}

/** Whether something is on a built-in object that no object of its kind has. */
export function hasMore(object: object, kind: Kind): boolean {
  if (Object.getOwnPropertySymbols(object).length > 0) return true;
  if (kind === "view" || kind === "buffer") {
    if (types.isDataView(object)) return Object.getOwnPropertyNames(object).length > 0;
    const length = typedArrayLength(object);
    if (length > LISTED) return hasNames(object);
    return Object.getOwnPropertyNames(object).length > length;
  }
  const names = Object.getOwnPropertyNames(object).length;
  if (kind === "expression") return names > 1;
  if (types.isStringObject(object)) return names > String.prototype.valueOf.call(object).length + 1;
  return names > 0;
}

const QUICKLY = {
  maxArrayLength: 0,
  depth: 0,
  customInspect: false,
  breakLength: Number.POSITIVE_INFINITY,
  compact: true,
} as const;

/** How a long list is shown that has elements and nothing else. */
const ONLY_ELEMENTS = /^(?:\S+ (?:\[Uint8Array\] )?)?\[ \.\.\. \d+ more items \]$/;

/**
 * Whether a long list has properties besides its elements. Only `inspect` can tell without naming all elements first,
 * which takes as long as to copy them; where it shows lists in another way, none is found.
 */
export function hasNames(list: object): boolean {
  return canTell() && !ONLY_ELEMENTS.test(types.inspect(list, QUICKLY));
}

let tells: boolean | undefined;

function canTell(): boolean {
  tells ??= ONLY_ELEMENTS.test(types.inspect(Array.from({ length: LISTED + 1 }), QUICKLY));
  return tells;
}
