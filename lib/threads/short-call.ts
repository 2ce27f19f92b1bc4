import type { ScopeLike } from "../scope/cancel-scope.ts";
import { checkBody } from "../scope/body.ts";
import { checkScope } from "../scope/scope-options.ts";
import type { UncheckedFunction } from "./any-function.ts";
import type { RunOptions } from "./executor.ts";
import { refuseOptionsAsScope } from "./option-arguments.ts";

/** What a short form was called with: a function, its arguments, and at most a scope. */
export interface ShortCall {
  readonly fn: UncheckedFunction;
  readonly args: unknown[];
  /** Has the scope, if there is one. */
  readonly options: RunOptions;
}

const NO_OPTIONS: RunOptions = {};

/**
 * Tells `(scope, fn, ...args)` from `(fn, ...args)`: a function in the first place is the function.
 *
 * @param implied - the scope if none is named
 * @throws TypeError for a scope or a function that is none
 */
export function shortCall(first: unknown, rest: unknown[], implied?: ScopeLike | null): ShortCall {
  if (typeof first === "function") {
    return { fn: first as UncheckedFunction, args: rest, options: optionsWith(implied) };
  }
  const [fn, ...args] = rest;
  // With no function at all, it is the function that is missed, not the scope.
  if (typeof fn !== "function") checkBody("fn", typeof first === "object" ? fn : first);
  checkScopeAlone(first);
  return { fn: fn as UncheckedFunction, args, options: { scope: first } };
}

/** The options of a call under a scope, or of one without. */
export function optionsWith(scope: ScopeLike | null | undefined): RunOptions {
  return scope === null || scope === undefined ? NO_OPTIONS : { scope };
}

/** Refuses what a call cannot wait under, and more than a scope. */
export function checkScopeAlone(scope: unknown): asserts scope is ScopeLike {
  if (typeof scope === "object" && scope !== null) refuseOptionsAsScope(scope);
  checkScope("scope", scope);
}
