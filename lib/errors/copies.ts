/** Of the package; a spec holds it to package.json. */
export const VERSION = "0.1.0";

/** A copy of the library. */
interface Copy {
  readonly version: string;
  /** Undefined in a bundle for CommonJS. */
  readonly url: string | undefined;
}

type AnyClass = abstract new (...args: never[]) => object;

const KIND: unique symbol = /* @__PURE__ */ Symbol.for(`skein/${VERSION}/kind`) as never;
const COMMON: unique symbol = /* @__PURE__ */ Symbol.for(`skein/${VERSION}/common`) as never;
/** The same in all versions. */
const MADE_BY: unique symbol = /* @__PURE__ */ Symbol.for("skein/made-by") as never;

interface Branded {
  readonly [KIND]?: string;
  readonly [MADE_BY]?: Copy;
}

const thisCopy: Copy = { version: VERSION, url: import.meta.url };

/**
 * What all copies of this version in a thread have in common: made by the first of them. There may be a framework's
 * copy and an application's; and the program of a thread is not the `skein` that functions import there.
 */
export function inCommon<T>(name: string, make: () => T): T {
  const holder = globalThis as { [COMMON]?: Record<string, unknown> };
  const common = (holder[COMMON] ??= {});
  return (common[name] ??= make()) as T;
}

/** From now on `instanceof` is true for what another copy of this version has made of its class of this name. */
export function knowInCopies(made: AnyClass, name: string): void {
  Object.defineProperty(made.prototype, KIND, { value: name });
  Object.defineProperty(made.prototype, MADE_BY, { value: thisCopy });
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(made, Symbol.hasInstance, {
    value(this: AnyClass, value: unknown): boolean {
      try {
        // Classes that extend this one inherit the method.
        return ordinary.call(this, value) || (this === made && isOfKind(value, name));
      } catch {
        // A proxy that does not want to be looked at is none of ours.
        return false;
      }
    },
  });
}

function isOfKind(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  if ((value as Branded)[KIND] === undefined) return false;
  let proto = Object.getPrototypeOf(value) as object | null;
  for (; proto !== null; proto = Object.getPrototypeOf(proto) as object | null) {
    if (kindOf(proto) === name) return true;
  }
  return false;
}

/** The name of the class whose prototype this is, in whatever copy of this version. */
export function kindOf(proto: object): string | undefined {
  return Object.hasOwn(proto, KIND) ? (proto as Branded)[KIND] : undefined;
}

/** For what another version has made: both copies, as the end of a message. */
export function versionsOf(value: object): string {
  const maker = (value as Branded)[MADE_BY];
  if (maker === undefined || maker.version === VERSION) return "";
  return ` made by ${describe(maker)}, while this is ${describe(thisCopy)}: see to it that one version of skein is installed`;
}

function describe({ version, url }: Copy): string {
  return `skein ${version} (${url ?? "in a bundle"})`;
}
