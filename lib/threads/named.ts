import { got } from "../errors.ts";
import { inCommon } from "../errors/copies.ts";
import { checkString, oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuse } from "../scope/refuse.ts";
import type { AnyFunction } from "./any-function.ts";

/**
 * What may become of a call on another machine when the machine is lost while it runs.
 *
 * - `"at-most-once"`: it is not run again; the caller hears of the loss
 * - `"at-least-once"`: it is run again, so it has to bear that; `callId()` of `skein/worker` is the same then
 *
 * @public
 */
export type Delivery = "at-most-once" | "at-least-once";

/**
 * How a function is declared for `threaded`.
 *
 * @public
 */
export interface ThreadedOptions<D extends Delivery = Delivery> {
  /** What the function is called on all machines. Only a function with a name can be called from another one. */
  name?: string | undefined;
  /** What may become of a call whose machine is lost. Needs a `name`. Default: `"at-most-once"`. */
  delivery?: D | undefined;
}

/** A function that has a name on all machines. */
export interface Named {
  readonly name: string;
  readonly delivery: Delivery;
  readonly fn: AnyFunction;
  /** The module that has declared it. */
  readonly url: string;
}

interface Names {
  readonly byName: Map<string, Named>;
  readonly byFunction: WeakMap<AnyFunction, Named>;
}

const names = /* @__PURE__ */ inCommon<Names>("names", () => ({
  byName: new Map(),
  byFunction: new WeakMap(),
}));

const THREADED_OPTIONS = /* @__PURE__ */ new KnownOptions<ThreadedOptions>("`threaded`", () => ({
  name: checkName,
  delivery: oneOf("at-most-once", "at-least-once"),
}));

/** The options of a declaration, which have been checked. */
export function readThreaded(options: ThreadedOptions | undefined): ThreadedOptions {
  const read = THREADED_OPTIONS.read(options);
  if (read.delivery !== undefined && read.name === undefined) {
    throw new TypeError(
      `Expected a \`name\` beside \`delivery\`, got ${got(read.name)}: it is for calls from other machines, and those go by name`,
    );
  }
  return read;
}

/** @throws TypeError if the name is taken */
export function nameFunction(named: Named): void {
  const { byName, byFunction } = names;
  const other = byName.get(named.name);
  if (other !== undefined) {
    throw new TypeError(
      `Expected \`name\` to be of one function only, got ${got(named.name)}, which ${other.url} has declared: ` +
        `give this one another name, and let the module run once`,
    );
  }
  byName.set(named.name, named);
  byFunction.set(named.fn, named);
}

/** The function of this name that a module has declared in this thread. */
export function functionNamed(name: string): Named | undefined {
  return names.byName.get(name);
}

/** What a function has been named. */
export function nameOf(fn: AnyFunction): Named | undefined {
  return names.byFunction.get(fn);
}

function checkName(name: string, value: unknown): void {
  checkString(name, value);
  if (value === "") refuse(name, "a text", value);
}
