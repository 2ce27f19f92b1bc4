import * as types from "node:util/types";
import { textOf } from "../codec/intrinsics.ts";

/**
 * What a value has to be like for a worker's import of it to be taken for the same: a function has the same text, a
 * namespace the same names; of others only the type is known, for two threads may well have different ones.
 */
export type Likeness = string;

const known = new WeakMap<object, Likeness>();

export function likenessOf(value: unknown): Likeness {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject) return typeof value;
  let likeness = known.get(value as object);
  if (likeness === undefined) known.set(value as object, (likeness = describe(value as object)));
  return likeness;
}

function describe(value: object): Likeness {
  if (typeof value === "function") return `function ${digest(textOf(value))}`;
  if (!types.isModuleNamespaceObject(value)) return "object";
  return `namespace ${digest(Object.keys(value).join())}`;
}

/** Length and FNV-1a: to tell functions apart that nobody has made to collide. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return `${text.length} ${(hash >>> 0).toString(36)}`;
}
