import type { Within } from "../scope/cancel-scope.ts";
import { checkBody } from "../scope/body.ts";
import type { AnyFunction } from "./callback.ts";
import { declareFunction } from "./closure/declared.ts";
import { type ModuleReference, moduleUrl } from "./module-url.ts";
import { runShort } from "./run-in-threadpool.ts";
import { checkScopeAlone, optionsWith } from "./short-call.ts";
import { rememberHandle } from "./threaded-function.ts";

/**
 * A function that runs in threads, made by {@link threaded}. A pool knows it as the function that was declared.
 *
 * @public
 */
export interface ThreadedFunction<A extends unknown[], R> {
  /**
   * Calls the function in a thread of the default pool.
   *
   * **Cancellation:** none, for there is no scope.
   */
  (...args: A): Promise<Awaited<R>>;
  /**
   * The function under a scope: `await resize.in(task)(image, 320)`.
   *
   * **Cancellation:** as for `runInThreadpool` with a scope.
   *
   * @param scope - what its calls wait under: a scope, or anything with a `signal`
   * @returns a function of the same parameters
   * @throws TypeError, synchronously, for what is no scope
   */
  in(scope: Within): (...args: A) => Promise<Awaited<R>>;
}

/**
 * Declares a function to run in threads: the fast path for hot calls. Workers import the module that declares it, so
 * the function keeps everything around it, and nothing but the arguments travels.
 *
 * Call it at the top level of a module, in the same order every time the module runs. The module that started the
 * program is never imported again in a worker; a function declared there is carried by its source.
 *
 * **Cancellation:** `declared.in(scope)(...args)` ends with its scope, as `runInThreadpool` does; `declared(...args)` runs to its
 * end. `pool.run(declared, args, options)` takes options.
 *
 * @param meta - of the module that declares it: `import.meta`, in CommonJS `module`; or its URL
 * @param fn - the function
 * @returns a function of the same parameters that runs `fn` in the default pool
 * @throws TypeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { taskGroup, threaded } from "skein";
 *
 * const square = threaded(import.meta, (n: number) => n * n);
 * console.log(await square(12));
 * console.log(await taskGroup((group) => group.spawn((task) => square.in(task)(13))));
 * // prints: 144
 * // prints: 169
 * ```
 *
 * @public
 */
export function threaded<A extends unknown[], R>(
  meta: ModuleReference,
  fn: (...args: A) => R,
): ThreadedFunction<A, R> {
  return declareThreaded(meta, fn, () => null);
}

/** @param implied - the scope of a call that names none */
export function declareThreaded<A extends unknown[], R>(
  meta: ModuleReference,
  fn: (...args: A) => R,
  implied: () => Within | null,
): ThreadedFunction<A, R> {
  const url = moduleUrl(meta);
  checkBody("fn", fn);
  declareFunction({ url }, fn);
  const run = (args: A, scope: Within | null): Promise<never> =>
    runShort({ fn: fn as AnyFunction, args, options: optionsWith(scope) });
  const handle: ThreadedFunction<A, R> = (...args) => run(args, implied());
  handle.in = (scope) => {
    checkScopeAlone(scope);
    return (...args) => run(args, scope);
  };
  Object.defineProperty(handle, "name", { value: fn.name, configurable: true });
  rememberHandle(handle, fn);
  return handle;
}
