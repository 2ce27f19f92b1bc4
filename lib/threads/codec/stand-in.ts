import * as types from "./introspection.ts";
import { builtinPathOf, isNative } from "./realm.ts";
import { setOwn } from "../../scope/own-property.ts";
import { className, functionName, ownData, prototypesOf } from "./own-data.ts";

/** So many objects of classes are sent as data with one error: it may hold half of the program. */
const MOST_RECORDS = 1_000;

/**
 * Gives what stands in an error for what cannot cross: the data of an object of the program's own classes, or of one
 * that has more than data; for everything else a word on what it is.
 */
export function standIns(): (value: unknown) => unknown {
  let records = 0;
  return (value) => {
    const isData = typeof value === "object" && value !== null && isOfProgram(value);
    if (!isData || records >= MOST_RECORDS) return describeBriefly(value);
    records++;
    return recordOf(value);
  };
}

/** Says what a value is, without running any code of it. */
export function describeBriefly(value: unknown): string {
  if (typeof value === "function") {
    const name = functionName(value);
    return name === "" ? "[Function (anonymous)]" : `[Function: ${name}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (types.isProxy(value)) return "[Proxy]";
  return `[${className(value) || "Object"}]`;
}

/** Claim: neither it nor what it inherits from is a built-in class, whose objects are more than their properties. */
function isOfProgram(value: object): boolean {
  if (types.isProxy(value) || isExotic(value)) return false;
  for (const prototype of prototypesOf(value)) {
    if (types.isProxy(prototype)) return false;
    if (prototype === Object.prototype || prototype === Array.prototype) continue;
    const made = ownData(prototype, "constructor");
    if (typeof made === "function" && isNative(made)) return false;
    if (builtinPathOf(prototype) !== undefined) return false;
  }
  return true;
}

function isExotic(value: object): boolean {
  return (
    types.isModuleNamespaceObject(value) ||
    types.isGeneratorObject(value) ||
    types.isPromise(value) ||
    types.isExternal(value)
  );
}

/** What shows of an object, in a plain one; what only its code would tell stays untold. */
function recordOf(value: object): object {
  const record: object = Array.isArray(value) ? [] : {};
  for (const key of Object.keys(value)) {
    const { writable, value: held } = Object.getOwnPropertyDescriptor(value, key)!;
    setOwn(record, key, writable === undefined ? "[Getter]" : (held as unknown));
  }
  return record;
}
