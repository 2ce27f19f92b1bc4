import { inCommon } from "../errors/copies.ts";
import type { AnyFunction } from "./any-function.ts";

const declared = /* @__PURE__ */ inCommon("threaded", () => new WeakMap<object, AnyFunction>());

/** Remembers which function a handle of `threaded` runs. */
export function rememberHandle(handle: object, fn: AnyFunction): void {
  declared.set(handle, fn);
}

/** The function behind a handle of `threaded`, or the function itself. */
export function functionBehind(fn: AnyFunction): AnyFunction {
  return declared.get(fn) ?? fn;
}
