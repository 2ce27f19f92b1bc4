import type { ScopeLike } from "../scope/cancel-scope.ts";
import { checkBody } from "../scope/body.ts";
import type { UncheckedFunction } from "./any-function.ts";
import { declareFunction } from "./closure/declared.ts";
import { type ModuleReference, moduleUrl } from "./module-url.ts";
import { type Delivery, nameFunction, readThreaded, type ThreadedOptions } from "./named.ts";
import { runShort } from "./run-in-threadpool.ts";
import { checkScopeAlone, optionsWith } from "./short-call.ts";
import { rememberHandle } from "./threaded-function.ts";

/**
 * A function that runs in threads, made by `threaded`. A pool knows it as the function that was declared.
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
  in(scope: ScopeLike): (...args: A) => Promise<Awaited<R>>;
}

/**
 * A function with a name, made by `threaded`. Other machines know it by that.
 *
 * @public
 */
export interface NamedFunction<
  A extends unknown[],
  R,
  D extends Delivery = Delivery,
> extends ThreadedFunction<A, R> {
  readonly name: string;
  /** What may become of a call whose machine is lost. */
  readonly delivery: D;
}

/**
 * Declares a function under a name that is the same on all machines, so that it can be called from afar as well, by an
 * executor such as that of `skein/bullmq`. In threads it runs as one without a name does.
 *
 * **Cancellation:** as for the form without a name.
 *
 * @param meta - of the module that declares it: `import.meta`, in CommonJS `module`; or its URL
 * @param fn - the function
 * @param options - its name, and what may become of a call whose machine is lost
 * @returns a function of the same parameters that runs `fn` in the default pool
 * @throws TypeError, synchronously, if an argument is invalid, and for a name that is declared already
 *
 * @example
 * ```ts
 * import { threaded } from "skein";
 *
 * const square = threaded(import.meta, (n: number) => n * n, {
 *   name: "numbers/square",
 *   delivery: "at-least-once",
 * });
 * console.log(await square(12), square.name, square.delivery);
 * // prints: 144 numbers/square at-least-once
 * ```
 *
 * @public
 */
export function threaded<A extends unknown[], R, D extends Delivery = "at-most-once">(
  meta: ModuleReference,
  fn: (...args: A) => R,
  options: ThreadedOptions<D> & { name: string },
): NamedFunction<A, R, D>;

/**
 * Declares a function to run in threads: the fast path for hot calls. Workers import the module that declares it, so
 * the function keeps everything around it, and nothing but the arguments travels.
 *
 * Call it at the top level of a module, in the same order every time the module runs. The module that started the
 * program is never imported again in a worker; a function declared there is carried by its source.
 *
 * **Cancellation:** `declared.in(scope)(...args)` ends with its scope, as `runInThreadpool` does; `declared(...args)`
 * runs to its end. `pool.run(declared, args, options)` takes options.
 *
 * @param meta - of the module that declares it: `import.meta`, in CommonJS `module`; or its URL
 * @param fn - the function
 * @returns a function of the same parameters that runs `fn` in the default pool
 * @throws TypeError, synchronously, if an argument is invalid
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
): ThreadedFunction<A, R>;

export function threaded<A extends unknown[], R>(
  meta: ModuleReference,
  fn: (...args: A) => R,
  options?: ThreadedOptions,
): ThreadedFunction<A, R> {
  return declareThreaded(meta, fn, options, () => null);
}

/** @param implied - the scope of a call that names none */
export function declareThreaded<A extends unknown[], R>(
  meta: ModuleReference,
  fn: (...args: A) => R,
  options: ThreadedOptions | undefined,
  implied: () => ScopeLike | null,
): ThreadedFunction<A, R> {
  const url = moduleUrl(meta);
  checkBody("fn", fn);
  const { name, delivery = "at-most-once" } = readThreaded(options);
  if (name !== undefined) nameFunction({ name, delivery, fn, url });
  declareFunction({ url }, fn);
  const run = (args: A, scope: ScopeLike | null): Promise<never> =>
    runShort({ fn: fn as UncheckedFunction, args, options: optionsWith(scope) });
  const handle: ThreadedFunction<A, R> = (...args) => run(args, implied());
  handle.in = (scope) => {
    checkScopeAlone(scope);
    return (...args) => run(args, scope);
  };
  Object.defineProperty(handle, "name", { value: name ?? fn.name, configurable: true });
  if (name !== undefined) Object.defineProperty(handle, "delivery", { value: delivery });
  rememberHandle(handle, fn);
  return handle;
}
