import { inCommon } from "../../errors/copies.ts";
import type { AnyFunction } from "../any-function.ts";

/** A declaration as both threads know it. */
export interface Declaration {
  readonly url: string;
  /** Position among the declarations of the module: the same in every thread that runs the module. */
  readonly index: number;
  readonly fn: AnyFunction;
}

interface DeclarationRegistry {
  readonly byUrl: Map<string, AnyFunction[]>;
  readonly byFunction: WeakMap<AnyFunction, Declaration>;
}

const registry = /* @__PURE__ */ inCommon<DeclarationRegistry>("declarations", () => ({
  byUrl: new Map(),
  byFunction: new WeakMap(),
}));

/**
 * Registers `fn` as a declaration of the module of `meta`. A worker that imports the module runs the same
 * declarations in the same order, and finds the function by its position.
 */
export function declareFunction(meta: { readonly url: string }, fn: AnyFunction): void {
  const { byUrl, byFunction } = registry;
  let declarations = byUrl.get(meta.url);
  if (declarations === undefined) byUrl.set(meta.url, (declarations = []));
  const index = declarations.push(fn) - 1;
  byFunction.set(fn, { url: meta.url, index, fn });
}

export function declarationOf(fn: AnyFunction): Declaration | undefined {
  return registry.byFunction.get(fn);
}

/** The declaration number `index` of a module that this thread has imported. */
export function declaredAt(url: string, index: number): AnyFunction | undefined {
  return registry.byUrl.get(url)?.[index];
}
