import * as types from "./introspection.ts";
import { NotTransferableError } from "../../errors.ts";
import type { Medium } from "./findings.ts";
import type { Irregularity } from "./irregular.ts";

import { className, functionName, ownData } from "./own-data.ts";
import { findPath, formatPath } from "./path.ts";

const PLAIN_DATA = "Send plain data and rebuild it on the other side";

/** What to send instead of objects that everyone tries to send. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["URL", "Send its `href`"],
  ["URLSearchParams", "Send its `toString()`"],
  ["Headers", "Send `[...headers]`"],
  ["FormData", "Send `[...formData]`"],
  ["Request", "Send what the function reads of it"],
  ["Response", "Send its body, for example `await response.arrayBuffer()`"],
  ["Promise", "Await it first"],
  ["WeakMap", "Send a Map"],
  ["WeakSet", "Send a Set"],
  ["WeakRef", "Send what it refers to"],
  ["AbortSignal", "Pass it as `signal` of the call; the function asks `checkCancelled()`"],
  ["Generator", "Send an array"],
  ["AsyncGenerator", "Iterate over it on its own side"],
  ["Proxy", "Send a copy of its target"],
  ["Module", "Send the exports that are needed"],
]);

/** What threads can share, clone or move, and machines cannot. */
const REMEDIES_ON_WIRE: ReadonlyMap<string, string> = new Map([
  ["Blob", "Send `await blob.arrayBuffer()`"],
  ["KeyObject", "Send what its `export()` gives, if the other side may know it"],
  ["SecretKeyObject", "Send what its `export()` gives, if the other side may know it"],
  ["PublicKeyObject", "Send what its `export()` gives"],
  ["PrivateKeyObject", "Send what its `export()` gives, if the other side may know it"],
  ["X509Certificate", "Send its `toString()`"],
]);

const whole = (what: string, remedy: string): Irregularity => ({ key: undefined, what, remedy });

export const TOO_DEEP: Irregularity = whole(
  "nested too deeply to be copied to another thread",
  "Flatten it, for example into an array of records",
);
export const DETACHED: Irregularity = whole(
  "memory that has moved to another thread already",
  "Move it once, or share it as a SharedArrayBuffer",
);
export const MUST_MOVE: Irregularity = whole(
  "an object that can move to another thread, but not be copied",
  "Move it: `transfer(value, [object])`",
);
export const SHARED: Irregularity = whole(
  "memory that threads share, and other machines cannot",
  "Send a copy: `new Uint8Array(shared).slice()`",
);
export const ODD_INDEX: Irregularity = {
  key: "lastIndex",
  what: "no number, which the copy would not have",
  remedy: "Set it to where the next search is to begin",
};

/** Says what `value` is, and what to do instead. Runs no code of it. */
function describe(
  value: unknown,
  canCall: boolean,
  medium: Medium,
): readonly [what: string, remedy: string] {
  if (typeof value === "function") {
    const name = functionName(value);
    const what = name === "" ? "a function" : `the function \`${name}\``;
    return [
      what,
      canCall
        ? "Wrap it with `callback(fn)` to call it back in this thread"
        : "Send data and call the function where it lives",
    ];
  }
  if (typeof value === "symbol") {
    return [String(value), "Use `Symbol.for(key)`, which is the same in all threads"];
  }
  const name = nameOfKind(value as object);
  const onWire = medium === "wire" ? REMEDIES_ON_WIRE.get(name) : undefined;
  const remedy = onWire ?? REMEDIES.get(name) ?? `It would lose its class. ${PLAIN_DATA}`;
  return [name.startsWith("object ") ? `an ${name}` : `an instance of ${name}`, remedy];
}

function nameOfKind(value: object): string {
  if (types.isProxy(value)) return "Proxy";
  if (types.isModuleNamespaceObject(value)) return "Module";
  if (types.isGeneratorObject(value)) {
    return Symbol.asyncIterator in value ? "AsyncGenerator" : "Generator";
  }
  const prototype = Object.getPrototypeOf(value) as object;
  if (typeof ownData(prototype, "constructor") !== "function") {
    return "object with a prototype of its own";
  }
  return className(value) || "object of a class without a name";
}

interface Reason {
  readonly irregularity?: Irregularity | undefined;
  /** The property of `offender` that is meant. */
  readonly key?: PropertyKey | undefined;
  /** Claim: a function there could be a callback. */
  readonly canCall?: boolean;
  readonly medium?: Medium | undefined;
}

/** The error for `offender`, which is somewhere in `root`. */
export function refuse(
  root: unknown,
  offender: unknown,
  base: readonly string[],
  { irregularity, key = irregularity?.key, canCall = false, medium = "thread" }: Reason = {},
): NotTransferableError {
  const way = findPath(root, (value) => value === offender) ?? [];
  const path = [...base, ...way, ...(key === undefined ? [] : [String(key)])];
  if (irregularity !== undefined) {
    const { what, remedy } = irregularity;
    return new NotTransferableError(`\`${formatPath(path)}\` is ${what}. ${remedy}`, path);
  }
  const [what, remedy] = describe(offender, canCall, medium);
  const goal = medium === "wire" ? "be sent to another machine" : "cross to another thread";
  return new NotTransferableError(
    `\`${formatPath(path)}\` is ${what}, which cannot ${goal}. ${remedy}`,
    path,
  );
}

/**
 * Names what made structured clone throw `failure` on `value`, although it was fit to be sent before: it has been
 * changed since, or there is not enough memory or stack.
 */
export function explainCloneFailure(
  failure: unknown,
  value: unknown,
  base: readonly string[] | string,
): NotTransferableError {
  const start = typeof base === "string" ? [base] : base;
  if (failure instanceof RangeError) {
    const { what, remedy } = TOO_DEEP;
    const message = `\`${formatPath(start)}\` is ${what}. ${remedy}`;
    return new NotTransferableError(message, start, { cause: failure });
  }
  const path = [...start, ...(findPath(value, isUncloneable) ?? [])];
  const reason = failure instanceof Error ? failure.message : types.inspect(failure);
  const message = `\`${formatPath(path)}\` cannot cross to another thread: ${reason}`;
  return new NotTransferableError(message, path, { cause: failure });
}

/** Judges a value by itself: what holds other values is visited later and must not hide which of them is to blame. */
function isUncloneable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return true;
  if (typeof value !== "object" || value === null) return false;
  if (types.isProxy(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const holdsOthers =
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isNativeError(value) ||
    prototype === Object.prototype ||
    prototype === null;
  if (holdsOthers) return false;
  try {
    structuredClone(value);
    return false;
  } catch {
    return true;
  }
}
