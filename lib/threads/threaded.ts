import { got } from "../errors.ts";
import { declareFunction } from "./closure/declared.ts";
import { defaultThreadpool } from "./default-threadpool.ts";
import { rememberHandle } from "./threaded-function.ts";

const NO_OPTIONS = {};

/**
 * Declares a function to run in threads: the fast path for hot calls. Workers import the module that declares it, so
 * the function keeps everything around it, and nothing but the arguments travels.
 *
 * Call it at the top level of a module, in the same order every time the module runs. The module that started the
 * program is never imported again in a worker; a function declared there is carried by its source.
 *
 * **Cancellation:** as for `runInThreadpool`; `pool.run(handle, args, options)` cancels.
 *
 * @param meta - `import.meta` of the module that declares it
 * @param fn - the function
 * @returns a function of the same parameters that runs `fn` in the default pool
 * @throws TypeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { threaded } from "skein";
 *
 * const square = threaded(import.meta, (n: number) => n * n);
 * console.log(await square(12));
 * // prints: 144
 * ```
 *
 * @public
 */
export function threaded<A extends unknown[], R>(
  meta: ImportMeta,
  fn: (...args: A) => R,
): (...args: A) => Promise<Awaited<R>> {
  if (typeof (meta as Partial<ImportMeta> | undefined)?.url !== "string") {
    throw new TypeError(`Expected \`meta\` to be import.meta, got ${got(meta)}`);
  }
  if (typeof fn !== "function") {
    throw new TypeError(`Expected \`fn\` to be a function, got ${got(fn)}`);
  }
  declareFunction(meta, fn);
  const handle = (...args: A): Promise<Awaited<R>> => defaultThreadpool().run(fn, args, NO_OPTIONS);
  Object.defineProperty(handle, "name", { value: fn.name, configurable: true });
  rememberHandle(handle, fn);
  return handle;
}
