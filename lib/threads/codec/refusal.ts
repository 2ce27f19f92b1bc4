import { inspect, types } from "node:util";
import { NotTransferableError } from "../../errors.ts";
import { findPath, formatPath } from "./path.ts";

interface Refusal {
  readonly what: string;
  readonly remedy: string;
}

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

/** Says why `value` cannot cross, and what to do instead. */
function refusalOf(value: unknown, isArgument: boolean): Refusal {
  if (typeof value === "function") {
    const name = value.name === "" ? "a function" : `the function \`${value.name}\``;
    return isArgument
      ? { what: name, remedy: "Wrap it with `callback(fn)` to call it back in this thread" }
      : { what: name, remedy: "Send data and call the function where it lives" };
  }
  if (typeof value === "symbol") {
    return {
      what: String(value),
      remedy: "Use `Symbol.for(key)`, which is the same in all threads",
    };
  }
  const name = nameOfKind(value as object);
  const remedy = REMEDIES.get(name) ?? `It would lose its class. ${PLAIN_DATA}`;
  return { what: name.startsWith("object ") ? `an ${name}` : `an instance of ${name}`, remedy };
}

function nameOfKind(value: object): string {
  if (types.isProxy(value)) return "Proxy";
  if (types.isModuleNamespaceObject(value)) return "Module";
  if (types.isGeneratorObject(value)) {
    return Symbol.asyncIterator in value ? "AsyncGenerator" : "Generator";
  }
  const prototype = Object.getPrototypeOf(value) as object;
  const made = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  if (typeof made !== "function") return "object with a prototype of its own";
  return made.name === "" ? "object of a class without a name" : made.name;
}

/** The error for `offender`, which is somewhere in `root`. */
export function refuse(
  root: unknown,
  offender: unknown,
  base: readonly string[],
): NotTransferableError {
  const path = [...base, ...(findPath(root, (value) => value === offender) ?? [])];
  const { what, remedy } = refusalOf(offender, base[0] === "args");
  return new NotTransferableError(
    `\`${formatPath(path)}\` is ${what}, which cannot cross to another thread. ${remedy}`,
    path,
  );
}

/**
 * Names what made structured clone throw `failure` on `value`. The codec lets through what only the clone itself
 * can judge: a detached buffer, a port that is in no transfer list, a proxy, lists nested beyond the stack.
 */
export function explainCloneFailure(
  failure: unknown,
  value: unknown,
  base: readonly string[] | string,
): NotTransferableError {
  const start = typeof base === "string" ? [base] : base;
  if (failure instanceof RangeError) {
    return new NotTransferableError(
      `\`${formatPath(start)}\` is nested too deeply to be copied to another thread. Flatten it, for example into an array of records`,
      start,
      { cause: failure },
    );
  }
  const way = findPath(value, isUncloneable);
  const path = [...start, ...(way ?? [])];
  const reason = failure instanceof Error ? failure.message : inspect(failure);
  return new NotTransferableError(
    `\`${formatPath(path)}\` cannot cross to another thread: ${reason}`,
    path,
    { cause: failure },
  );
}

/** Judges a value by itself: what holds other values is visited later and must not hide which of them is to blame. */
function isUncloneable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return true;
  if (typeof value !== "object" || value === null) return false;
  if (types.isProxy(value)) return true;
  const holdsOthers =
    Array.isArray(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isNativeError(value) ||
    Object.getPrototypeOf(value) === Object.prototype ||
    Object.getPrototypeOf(value) === null;
  if (holdsOthers) return false;
  try {
    structuredClone(value);
    return false;
  } catch {
    return true;
  }
}
