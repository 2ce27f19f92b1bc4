import { AsyncLocalStorage } from "../host.ts";
import { type Ambience, setAmbience } from "../scope/ambience.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { CancelScope, ScopeLike } from "../scope/cancel-scope.ts";
import { recordOf } from "../scope/options.ts";

/** The current scope, kept by `run` alone: `enterWith` would leak it into whoever called. */
class AsyncAmbience implements Ambience {
  readonly #scopes = new AsyncLocalStorage<unknown>();

  current(): ParentScope | null {
    return (this.#scopes.getStore() as ParentScope | undefined) ?? null;
  }

  run<S, R>(scope: S, fn: (scope: S) => R): R {
    return this.#scopes.run(scope, fn, scope);
  }
}

/** Made on first use, for on Node 20 and 22 it makes every `await` of the process dearer. */
let ambience: AsyncAmbience | null = null;

/** The current scope, if there is one; from now on every body and every task has its own. */
export function impliedScope(): ParentScope | null {
  if (ambience === null) setAmbience((ambience = new AsyncAmbience()));
  return ambience.current();
}

/** The scope that a call names, or else the current one. */
export function impliedOr(scope: ScopeLike | undefined): ScopeLike | undefined {
  const current = impliedScope();
  return scope === undefined ? (current ?? undefined) : scope;
}

/** Options with the scope that they name, or else the current one. */
export function withImpliedScope<O extends { scope?: ScopeLike | undefined }>(
  options: O | undefined,
): O {
  const current = impliedScope();
  // What is no record of options is refused by whoever gets it.
  const given = options === undefined ? ({} as O) : recordOf(options);
  if (current === null || given === null || given.scope !== undefined) return options as O;
  return { ...given, scope: current } as object as O;
}

/**
 * The scope that the running code belongs to: that of the innermost body, task or callback of skein around it.
 * `undefined` outside of all of them, and in those that were started before anything of `skein/ambient` was used.
 *
 * @example
 * ```ts
 * import { currentScope, moveOnAfter } from "skein/ambient";
 *
 * await moveOnAfter(1_000, () => console.log(currentScope()?.name), { name: "request" });
 * console.log(currentScope());
 * // prints: request
 * // prints: undefined
 * ```
 *
 * @public
 */
export function currentScope(): CancelScope | undefined {
  return ambience?.current() ?? undefined;
}
