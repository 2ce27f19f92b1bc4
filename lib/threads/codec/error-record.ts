import * as skeinErrors from "../../errors.ts";
import { kindOf } from "../../errors/copies.ts";
import { isDOMException } from "./kinds.ts";

/** An error as data: the class that both threads have, and everything that this error says beyond it. */
export interface ErrorRecord {
  readonly kind: "error";
  /** Name of the class to make: a built-in, or one of skein's. */
  readonly type: string;
  /** The error's own properties, and its `name` when the class would give another. Not yet encoded. */
  own: Record<string, unknown>;
  readonly hidden: readonly string[];
}

type ErrorClass = abstract new (...args: never[]) => Error;

const builtIn = [
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
];
const newer = ["AggregateError", "SuppressedError", "Error"];

/** Both threads run the same skein: its own errors keep even their class. */
const classes: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>(
  [
    ...Object.entries(skeinErrors as Record<string, unknown>),
    ...[...builtIn, ...newer].map((name): [string, unknown] => [
      name,
      (globalThis as Record<string, unknown>)[name],
    ]),
  ].filter((entry): entry is [string, ErrorClass] => typeof entry[1] === "function"),
);

const names: ReadonlyMap<object, string> = new Map(
  [...classes].map(([name, errorClass]) => [errorClass.prototype as object, name]),
);

/** Not enumerable on the errors that have them, so that enumerating would miss them. */
const HIDDEN = ["message", "stack", "cause", "errors", "error", "suppressed"];

export function recordError(error: Error): ErrorRecord {
  const type = isDOMException(error) ? "DOMException" : typeOf(error);
  const own: Record<string, unknown> = {};
  const hidden: string[] = [];
  for (const key of HIDDEN) {
    if (Object.hasOwn(error, key) && !Object.prototype.propertyIsEnumerable.call(error, key)) {
      hidden.push(key);
      own[key] = (error as unknown as Record<string, unknown>)[key];
    }
  }
  for (const key of Object.keys(error))
    own[key] = (error as unknown as Record<string, unknown>)[key];
  if (type === "DOMException") {
    Object.assign(own, { name: error.name, message: error.message, stack: error.stack });
  } else if (!("name" in own) && error.name !== classes.get(type)?.prototype.name) {
    own["name"] = error.name;
    hidden.push("name");
  }
  return { kind: "error", type, own, hidden };
}

function typeOf(error: Error): string {
  for (
    let proto: object | null = error;
    proto !== null;
    proto = Object.getPrototypeOf(proto) as object | null
  ) {
    const name = names.get(proto) ?? kindOf(proto) ?? nameInAnotherRealm(proto);
    if (name !== undefined) return name;
  }
  return "Error";
}

function nameInAnotherRealm(proto: object): string | undefined {
  const made = Object.getOwnPropertyDescriptor(proto, "constructor")?.value as unknown;
  if (typeof made !== "function" || !builtIn.includes(made.name)) return undefined;
  return Function.prototype.toString.call(made).endsWith("{ [native code] }")
    ? made.name
    : undefined;
}

/** An error without anything in it: what it carries may refer back to it, and comes with `fillError`. */
export function emptyError(record: ErrorRecord): Error {
  if (record.type === "DOMException") {
    const { message, name } = record.own;
    return new DOMException(String(message), String(name)) as unknown as Error;
  }
  const error = new Error();
  Object.setPrototypeOf(error, classes.get(record.type)?.prototype ?? Error.prototype);
  return error;
}

export function fillError(error: Error, record: ErrorRecord): void {
  const isDOM = record.type === "DOMException";
  for (const [key, value] of Object.entries(record.own)) {
    if (isDOM && (key === "name" || key === "message")) continue;
    const enumerable = !isDOM && !record.hidden.includes(key);
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
  }
}
