import * as skeinErrors from "../../errors.ts";
import { kindOf } from "../../errors/copies.ts";
import * as processErrors from "../../errors/process-errors.ts";
import { getterOf } from "./intrinsics.ts";
import { close, closureOf } from "./irregular.ts";
import { isDOMException } from "./kinds.ts";
import { isNative, isOfNode } from "./realm.ts";
import { className, functionName, heldData, ownData, prototypesOf } from "./own-data.ts";
import { decodeSymbol, encodeSymbol, type SharedSymbol } from "./symbols.ts";

/** An error as data: the class that both threads have, and everything that this error says beyond it. */
export interface ErrorRecord {
  readonly kind: "error";
  /** Name of the class to make: a built-in, or one of skein's. */
  readonly type: string;
  /** What a DOMException is made with. */
  readonly made: readonly [message: string, name: string] | undefined;
  readonly keys: readonly (string | SharedSymbol)[];
  /** By their keys. Not yet encoded. */
  values: unknown[];
  /** By their keys: what may be done to each property, in bits. */
  readonly flags: readonly number[];
  readonly closure: number;
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
    ...Object.entries({ ...skeinErrors, ...processErrors } as Record<string, unknown>),
    ...[...builtIn, ...newer].map((name): [string, unknown] => [
      name,
      (globalThis as Record<string, unknown>)[name],
    ]),
  ].filter((entry): entry is [string, ErrorClass] => typeof entry[1] === "function"),
);

const names: ReadonlyMap<object, string> = new Map(
  [...classes].map(([name, errorClass]) => [errorClass.prototype as object, name]),
);

/** Newer engines give each error an accessor for it, the same for all; SpiderMonkey gives one to their prototype. */
const inheritedStack = ownGetter(Error.prototype, "stack");
const stackOf = inheritedStack ?? ownGetter(new Error(), "stack");

function ownGetter(error: Error, key: PropertyKey): (() => unknown) | undefined {
  return Reflect.get(Object.getOwnPropertyDescriptor(error, key) ?? {}, "get") as never;
}

/** @param onAccessor - gives what to say of a property that only the error's own code could tell */
export function recordError(error: Error, onAccessor: (key: PropertyKey) => unknown): ErrorRecord {
  const isException = isDOMException(error);
  const type = isException ? "DOMException" : typeOf(error);
  const keys: (string | SharedSymbol)[] = [];
  const values: unknown[] = [];
  const flags: number[] = [];
  const add = (key: string | SharedSymbol, value: unknown, how: number): void => {
    keys.push(key);
    values.push(value);
    flags.push(how);
  };
  for (const key of Reflect.ownKeys(error)) {
    const sent = typeof key === "symbol" ? encodeSymbol(key) : key;
    if (sent === undefined) continue;
    const descriptor = descriptorOf(error, key);
    if (descriptor === undefined) continue;
    const isData = descriptor.writable !== undefined;
    const value: unknown = isData ? descriptor.value : valueOf(error, key, onAccessor);
    add(sent, value, isData ? flagsOf(descriptor) : flagsOf({ ...descriptor, writable: true }));
  }
  if (!isException) {
    for (const [key, value] of inherited(error, type)) {
      if (!Object.hasOwn(error, key)) add(key, value, CHANGEABLE);
    }
  }
  const made = isException ? ([messageOf(error), nameOf(error)] as const) : undefined;
  return { kind: "error", type, made, keys, values, flags, closure: closureOf(error) };
}

const ENUMERABLE = 1;
const WRITABLE = 2;
const CONFIGURABLE = 4;
const CHANGEABLE = WRITABLE | CONFIGURABLE;

function flagsOf({ enumerable, writable, configurable }: PropertyDescriptor): number {
  return (
    (enumerable === true ? ENUMERABLE : 0) |
    (writable === true ? WRITABLE : 0) |
    (configurable === true ? CONFIGURABLE : 0)
  );
}

/** What the class of an error says: one of the program in the place of the built-in one; and the stack. */
function inherited(error: Error, type: string): [key: string, value: unknown][] {
  const base = classes.get(type)!.prototype;
  // A class may compute the name; most often it is its own.
  const name = heldData(error, "name") ?? className(error);
  const message = heldData(error, "message");
  const found: [string, unknown][] = [];
  if (name !== base.name && name !== "") found.push(["name", name]);
  if (message !== undefined && message !== "") found.push(["message", message]);
  if (inheritedStack !== undefined) found.push(["stack", inheritedStack.call(error)]);
  return found;
}

/** To look at a stack may run code that formats it. */
function descriptorOf(error: Error, key: PropertyKey): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(error, key);
  } catch {
    return undefined;
  }
}

function valueOf(
  error: Error,
  key: PropertyKey,
  onAccessor: (key: PropertyKey) => unknown,
): unknown {
  const get = ownGetter(error, key);
  if (get === undefined) return onAccessor(key);
  try {
    // What Node computes itself: the stack, what its system errors say.
    if (get === stackOf || isOfNode(get, "internal/errors", functionName(get))) {
      return get.call(error) as unknown;
    }
  } catch {
    return undefined;
  }
  return onAccessor(key);
}

const exception = DOMException.prototype;
const getName = getterOf(exception, "name");
const getMessage = getterOf(exception, "message");
const nameOf = (error: object): string => getName.call(error);
const messageOf = (error: object): string => getMessage.call(error);

function typeOf(error: Error): string {
  for (const prototype of prototypesOf(error)) {
    const name = names.get(prototype) ?? kindOf(prototype) ?? nameInAnotherRealm(prototype);
    if (name !== undefined) return name;
  }
  return "Error";
}

function nameInAnotherRealm(prototype: object): string | undefined {
  const made = ownData(prototype, "constructor");
  if (typeof made !== "function") return undefined;
  const name = functionName(made);
  return builtIn.includes(name) && isNative(made) ? name : undefined;
}

/** An error without anything in it: what it carries may refer back to it, and comes with `fillError`. */
export function emptyError({ type, made }: ErrorRecord): Error {
  if (made !== undefined) return new DOMException(...made) as unknown as Error;
  const error = new Error();
  // It is given the stack of the other side, or none.
  delete (error as { stack?: unknown }).stack;
  Object.setPrototypeOf(error, classes.get(type)?.prototype ?? Error.prototype);
  return error;
}

export function fillError(error: Error, { keys, values, flags, closure }: ErrorRecord): void {
  for (const [index, sent] of keys.entries()) {
    const key = typeof sent === "string" ? sent : decodeSymbol(sent);
    const how = flags[index]!;
    Object.defineProperty(error, key, {
      value: values[index],
      enumerable: (how & ENUMERABLE) !== 0,
      writable: (how & WRITABLE) !== 0,
      configurable: (how & CONFIGURABLE) !== 0,
    });
  }
  close(error, closure);
}
