import { inCommon } from "../../errors/copies.ts";

const paths = /* @__PURE__ */ inCommon(
  "dependency paths",
  () => new WeakMap<object, readonly string[]>(),
);

/**
 * Which provider an error came out of: the keys that lead from a target to it. Errors are kept in a table on the side;
 * they are neither wrapped nor touched.
 *
 * @param error - what a resolution rejected with, or one of its `failuresOf`
 * @returns `undefined` for an error that came out of no provider, and for what is no object
 *
 * @example
 * ```ts
 * import { dependencyPath, provide, resolveDependencies } from "skein";
 *
 * const pool = provide(async () => {
 *   throw new Error("connection refused");
 * });
 * const user = provide({ pool }, async () => "Ada");
 * await resolveDependencies({ user }).catch((error) => console.log(dependencyPath(error)));
 * // prints: [ 'user', 'pool' ]
 * ```
 *
 * @public
 */
export function dependencyPath(error: unknown): readonly string[] | undefined {
  return isObject(error) ? paths.get(error) : undefined;
}

export function rememberPath(error: unknown, path: readonly string[]): void {
  if (isObject(error)) paths.set(error, path);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
