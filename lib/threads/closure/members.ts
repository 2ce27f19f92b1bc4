import * as types from "node:util/types";
import { type BuiltinPath, builtinPathOf } from "../codec/builtins.ts";
import { sourceOf } from "./source.ts";

/**
 * Objects that stand for a module: the language's own, what transpilers make of them, and those of module runners.
 * Their members are what is imported; the object itself is of no interest.
 */
export function isNamespace(value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  // Module runners make some of theirs by a Proxy.
  const mark = (key: PropertyKey): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;
  return mark(Symbol.toStringTag) === "Module" || mark("__esModule") === true;
}

/** The members of which a part of `value` can be made; undefined when one is inherited, or sees the whole. */
export function ownMembers(value: object, names: Iterable<string>): readonly string[] | undefined {
  const members = [...names];
  const isOwn = members.every((member) => isData(value, member));
  return isOwn && !usesThis(value, members) ? members : undefined;
}

/** What an accessor would give, only running it would tell. */
function isData(value: object, member: string): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(value, member);
  return descriptor !== undefined && "value" in descriptor;
}

export function holdsOnlyFunctions(value: object, members: readonly string[]): boolean {
  return members.every((member) => typeof memberOf(value, member) === "function");
}

/** A method that looks at its object would see the part of it that travels. */
function usesThis(value: object, members: readonly string[]): boolean {
  return members.some((member) => {
    const fn = memberOf(value, member);
    if (typeof fn !== "function" || types.isProxy(fn)) return false;
    return sourceOf(fn)?.free.usesOwnThis !== false;
  });
}

export function memberOf(value: object, member: string): unknown {
  return (value as Record<string, unknown>)[member];
}

/** The module of Node that a namespace is around, by its path: it is the default export. */
export function moduleOfNamespace(value: unknown): BuiltinPath | undefined {
  if (!types.isModuleNamespaceObject(value)) return undefined;
  const path = builtinPathOf((value as { default?: unknown }).default);
  return path?.length === 1 ? path : undefined;
}
