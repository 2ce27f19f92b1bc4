import * as types from "./introspection.ts";

/** The value of an own property, or undefined: also when only running somebody's code would tell it. */
export function ownData(object: object, key: PropertyKey): unknown {
  return types.isProxy(object) ? undefined : Object.getOwnPropertyDescriptor(object, key)?.value;
}

/** The prototypes of an object, nearest first. Ends at a Proxy, which would have to be asked for more. */
export function* prototypesOf(object: object): Generator<object> {
  let at: unknown = object;
  while (!types.isProxy(at)) {
    at = Object.getPrototypeOf(at);
    if (at === null) return;
    yield at as object;
  }
}

/** The value of a property, inherited or not, or undefined: also when only running somebody's code would tell it. */
export function heldData(object: object, key: PropertyKey): unknown {
  if (types.isProxy(object)) return undefined;
  for (const holder of [object, ...prototypesOf(object)]) {
    if (types.isProxy(holder)) return undefined;
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return descriptor.value as unknown;
  }
  return undefined;
}

export function functionName(fn: object): string {
  const name = ownData(fn, "name");
  return typeof name === "string" ? name : "";
}

/** The name of the nearest class of an object; empty when nothing tells. */
export function className(object: object): string {
  const made = heldData(object, "constructor");
  return typeof made === "function" ? functionName(made) : "";
}
