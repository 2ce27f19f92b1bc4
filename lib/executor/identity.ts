import { createHash } from "node:crypto";
import { textOf } from "../threads/codec/intrinsics.ts";
import { type Delivery, functionNamed, type Named, nameOf } from "../threads/named.ts";
import { functionBehind } from "../threads/threaded-function.ts";

/**
 * What a function is known by on every machine that has declared it.
 *
 * @public
 */
export interface FunctionIdentity {
  /** The name that it was declared under. */
  readonly name: string;
  /** What may become of a call whose machine is lost. */
  readonly delivery: Delivery;
  /** Of its source: another one on the other side means that the two run different versions of the program. */
  readonly hash: string;
  /** The function itself, not what `threaded` has made of it. */
  readonly fn: (...args: never[]) => unknown;
}

const HASH_DIGITS = 12;
const identities = new WeakMap<Named, FunctionIdentity>();

/**
 * Tells what a function is known by elsewhere.
 *
 * @param fn - a function that was declared by `threaded` with a name, or what `threaded` has made of it
 * @returns `undefined` for a function without a name
 *
 * @example
 * ```ts
 * import { threaded } from "skein";
 * import { identityNamed, identityOf } from "skein/executor";
 *
 * const square = threaded(import.meta, (n: number) => n * n, { name: "numbers/square" });
 * console.log(identityOf(square)?.name, identityOf(Math.abs));
 * console.log(identityNamed("numbers/square") === identityOf(square));
 * // prints: numbers/square undefined
 * // prints: true
 * ```
 *
 * @public
 */
export function identityOf(fn: (...args: never[]) => unknown): FunctionIdentity | undefined {
  return identify(nameOf(functionBehind(fn)));
}

/**
 * Finds the function that was declared under a name, by the modules that this process has imported. Whoever takes in
 * calls runs these and no others.
 *
 * @param name - as a message has it
 * @returns `undefined` if no function has that name here
 *
 * @public
 */
export function identityNamed(name: string): FunctionIdentity | undefined {
  return identify(functionNamed(name));
}

function identify(named: Named | undefined): FunctionIdentity | undefined {
  if (named === undefined) return undefined;
  let identity = identities.get(named);
  if (identity === undefined) {
    const { name, delivery, fn } = named;
    const hash = createHash("sha256").update(textOf(fn)).digest("hex").slice(0, HASH_DIGITS);
    identities.set(named, (identity = { name, delivery, hash, fn }));
  }
  return identity;
}
