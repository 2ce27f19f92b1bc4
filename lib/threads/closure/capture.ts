import { types } from "node:util";
import { NotTransferableError, ShipError } from "../../errors.ts";
import { builtinPathOf } from "../codec/builtins.ts";
import { survey } from "../codec/survey.ts";
import { type Encoded, encodeValue } from "../codec/values.ts";
import type { Use } from "./free-variables.ts";
import { fileUrlOf, isOfNode, isOfPackage } from "./home.ts";
import { inspectFunction, type Inspection } from "./inspect.ts";
import { holdsOnlyFunctions, isNamespace, usesThis } from "./members.ts";
import { findCommonJsExport, findModuleExport } from "./package-exports.ts";
import { addressOf, isInModule, placeOf } from "./place.ts";
import {
  assignmentError,
  type CapturePath,
  foreignError,
  obstacleError,
  shipError,
  textlessError,
  valueError,
} from "./refusals.ts";
import type { ExportReference, ShippedFunction, Slot } from "./shipped-code.ts";
import { type FunctionSource, sourceOf } from "./source.ts";
import { builtinObjectPath, type Captures, findVariable, requireDirectory } from "./variables.ts";

/** Together these keep a captured function from dragging half of the program along. */
const MOST_FUNCTIONS = 100;
const MOST_TEXT = 256 * 1024;

export interface Captured {
  /** The same for captures that differ in their values only. */
  readonly key: string;
  readonly functions: readonly ShippedFunction[];
  /** The captured values in the order of their slots; undefined when there are none. */
  readonly values: Encoded;
  /** The function itself is exported by a package, so that there is nothing to collect. */
  readonly reference?: ExportReference;
}

/**
 * Collects a function with everything that it uses: the values of its variables, and the functions and classes
 * among them, with what those use.
 *
 * @throws ShipError naming the first thing that a worker could not have.
 */
export function capture(
  fn: (...args: never[]) => unknown,
  captures: Captures | undefined,
  callerUrl: string | undefined,
): Captured {
  return new Capturer(captures, callerUrl).run(fn);
}

class Capturer {
  readonly #captures: Captures | undefined;
  readonly #callerUrl: string | undefined;
  readonly #functions: ShippedFunction[] = [];
  readonly #sources: FunctionSource[] = [];
  readonly #indexes = new Map<object, number>();
  readonly #values: unknown[] = [];
  readonly #valueIndexes = new Map<object, number>();
  #textSize = 0;
  /** Claim: some value holds what structured clone would lose, functions included. */
  #needsEncoding = false;

  constructor(captures: Captures | undefined, callerUrl: string | undefined) {
    this.#captures = captures;
    this.#callerUrl = callerUrl;
  }

  run(fn: (...args: never[]) => unknown): Captured {
    const path = [fn.name === "" ? "(anonymous function)" : fn.name];
    this.#refuseUncallable(fn, path);
    const slot = this.#addFunction(fn, path);
    if (slot.kind === "export") {
      return { key: "", functions: [], values: undefined, reference: slot.reference };
    }
    const values = this.#encodedValues();
    return { key: this.#key(), functions: this.#functions, values };
  }

  /** Says all but the text, which has a number. */
  #key(): string {
    const parts = this.#functions.map(
      ({ filename, line, column, isStrict, name, variables, properties }, index) => [
        this.#sources[index]?.id,
        filename,
        line,
        column,
        isStrict,
        name,
        variables,
        properties,
      ],
    );
    return JSON.stringify(parts);
  }

  #refuseUncallable(fn: object, path: CapturePath): void {
    const source = types.isProxy(fn) ? undefined : sourceOf(fn);
    if (source?.isClass === true) {
      throw shipError(
        path,
        "it is a class",
        "Write `(...args) => new Class(...args)`, returning plain data",
      );
    }
    if (source?.free.usesOwnThis === true) {
      throw shipError(
        path,
        "it uses `this`, and is called without one",
        "Pass the object as an argument, or write `() => object.method()`",
      );
    }
  }

  /** Values are cloned in one piece, so that what is one object here is one object there. */
  #encodedValues(): Encoded {
    if (this.#values.length === 0) return undefined;
    if (!this.#needsEncoding) return this.#values;
    return encodeValue(this.#values, "captures", {
      onSpecial: (value) => this.#known(value),
    });
  }

  #known(value: object): Slot | undefined {
    const index = this.#indexes.get(value);
    if (index !== undefined) return { kind: "function", index };
    return typeof value === "function" ? this.#elsewhere(value) : undefined;
  }

  #addFunction(fn: object, path: CapturePath): Slot {
    const elsewhere = this.#elsewhere(fn);
    if (elsewhere !== undefined) return elsewhere;
    const known = this.#indexes.get(fn);
    if (known !== undefined) return { kind: "function", index: known };
    const source = types.isProxy(fn) ? undefined : sourceOf(fn);
    if (source === undefined) throw textlessError(path, fn);
    return this.#addSource(fn, source, path);
  }

  /** What the worker has anyway. */
  #elsewhere(fn: object): Slot | undefined {
    if (types.isProxy(fn)) return undefined;
    const path = builtinPathOf(fn);
    if (path !== undefined) return { kind: "builtin", path };
    const directory = requireDirectory(fn);
    return directory === undefined ? undefined : { kind: "require", directory };
  }

  #addSource(fn: object, source: FunctionSource, path: CapturePath): Slot {
    const inspection = inspectFunction(fn);
    const address = addressOf(inspection);
    const reference = this.#foreign(fn, address, inspection, path);
    if (reference !== undefined) return reference;
    if (source.free.obstacle !== undefined) throw obstacleError(path, source.free.obstacle);
    if (!source.isClass) refusePrototype(fn, path);
    this.#spend(source, path);
    const index = this.#functions.length;
    this.#indexes.set(fn, index);
    const place = placeOf(source, inspection);
    const draft: Writable<ShippedFunction> = {
      name: (fn as { readonly name: string }).name,
      expression: source.expression,
      member: source.member,
      isClass: source.isClass,
      isStrict: source.isStrict || isInModule(inspection),
      filename: address ?? this.#callerUrl ?? "skein:function",
      ...place,
      home: source.importName === undefined ? undefined : fileUrlOf(address ?? this.#callerUrl),
      importName: source.importName,
      variables: [],
      properties: [],
    };
    // Before its variables, so that functions which use each other find it.
    this.#functions.push(draft);
    this.#sources.push(source);
    draft.variables = this.#variablesOf(fn, source, inspection, path);
    draft.properties = this.#propertiesOf(fn, source, path);
    return { kind: "function", index };
  }

  /** The code of packages and of Node stays where it is; it is only referred to. */
  #foreign(
    fn: object,
    address: string | undefined,
    inspection: Inspection | undefined,
    path: CapturePath,
  ): Slot | undefined {
    const isForeign = address !== undefined && (isOfPackage(address) || isOfNode(address));
    if (address !== undefined && !isForeign) return undefined;
    const reference = isInModule(inspection)
      ? address && findModuleExport(fn, address)
      : findCommonJsExport(fn);
    if (reference) return { kind: "export", reference };
    if (isForeign) throw foreignError(path, address);
    return undefined;
  }

  #spend(source: FunctionSource, path: CapturePath): void {
    this.#textSize += source.size;
    if (this.#functions.length >= MOST_FUNCTIONS || this.#textSize > MOST_TEXT) {
      throw shipError(
        path,
        `it uses more than ${MOST_FUNCTIONS} functions or ${MOST_TEXT / 1024} KB of source`,
        "Move it to a module of its own and declare it with `threaded(import.meta, fn)`",
      );
    }
  }

  #variablesOf(
    fn: object,
    source: FunctionSource,
    inspection: Inspection | undefined,
    path: CapturePath,
  ): (readonly [string, Slot])[] {
    const variables: (readonly [string, Slot])[] = [];
    // What was given by name belongs to the function of the call, which is the first.
    const captures = path.length === 1 ? this.#captures : undefined;
    for (const [name, use] of source.free.uses) {
      if (use.isAssigned) throw assignmentError(path, name);
      const found = findVariable(name, use, captures, inspection, path);
      if (found === undefined) continue;
      variables.push([name, this.#slotOf(found.value, name, use, path)]);
    }
    return variables;
  }

  #propertiesOf(
    fn: object,
    source: FunctionSource,
    path: CapturePath,
  ): (readonly [string, Slot])[] {
    const made = source.staticNames;
    if (made === undefined) return [];
    return Object.keys(fn)
      .filter((key) => !made.has(key))
      .map((key) => {
        const value = (fn as Record<string, unknown>)[key];
        return [key, this.#slotOf(value, key, undefined, path)] as const;
      });
  }

  #slotOf(value: unknown, name: string, use: Use | undefined, path: CapturePath): Slot {
    if (typeof value === "function") return this.#addFunction(value, [...path, name]);
    if (typeof value !== "object" || value === null) return this.#valueSlot(value, name, path);
    const builtin = builtinObjectPath(value);
    if (builtin !== undefined) return { kind: "builtin", path: builtin };
    const isPartial = use !== undefined && !use.isWhole;
    if (isNamespace(value)) {
      const members = isPartial ? [...use.members] : Object.keys(value);
      return this.#membersSlot(value, members, name, path);
    }
    if (!isPartial) return this.#valueSlot(value, name, path);
    return this.#wholeOrMembers(value, use, name, path);
  }

  /**
   * An object of which only functions are called serves as a namespace. Otherwise it travels as a whole, so that all
   * who have it see the same one; something in it that cannot travel is no obstacle when only other members are read.
   */
  #wholeOrMembers(value: object, use: Use, name: string, path: CapturePath): Slot {
    const members = [...use.members].filter((member) => Object.hasOwn(value, member));
    const isSplittable = members.length === use.members.size && !usesThis(value, members);
    if (isSplittable && holdsOnlyFunctions(value, members)) {
      return this.#membersSlot(value, members, name, path);
    }
    const functions = this.#functions.length;
    const values = this.#values.length;
    const textSize = this.#textSize;
    try {
      return this.#valueSlot(value, name, path);
    } catch (error) {
      if (!(error instanceof ShipError)) throw error;
      this.#functions.length = this.#sources.length = functions;
      this.#values.length = values;
      this.#textSize = textSize;
      forgetFrom(functions, this.#indexes);
      forgetFrom(values, this.#valueIndexes);
      if (!isSplittable || members.length === Object.keys(value).length) throw error;
      return this.#membersSlot(value, members, name, path);
    }
  }

  #membersSlot(value: object, members: readonly string[], name: string, path: CapturePath): Slot {
    return {
      kind: "members",
      members: members.map((member) => {
        const held = (value as Record<string, unknown>)[member];
        return [member, this.#slotOf(held, `${name}.${member}`, undefined, path)] as const;
      }),
    };
  }

  #valueSlot(value: unknown, name: string, path: CapturePath): Slot {
    const isObject = typeof value === "object" && value !== null;
    const known = isObject ? this.#valueIndexes.get(value) : undefined;
    if (known !== undefined) return { kind: "value", index: known };
    this.#check(value, name, path);
    const index = this.#values.push(value) - 1;
    if (isObject) this.#valueIndexes.set(value, index);
    return { kind: "value", index };
  }

  #check(value: unknown, name: string, path: CapturePath): void {
    try {
      const findings = survey(value, [name], {
        onSpecial: (special) => {
          if (typeof special !== "function") return undefined;
          return this.#addFunction(special, [...path, name]);
        },
      });
      if (findings !== undefined) this.#needsEncoding = true;
    } catch (error) {
      if (error instanceof NotTransferableError) throw valueError(path, name, error);
      throw error;
    }
  }
}

function forgetFrom(first: number, indexes: Map<object, number>): void {
  for (const [key, index] of indexes) if (index >= first) indexes.delete(key);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function refusePrototype(fn: object, path: CapturePath): void {
  const prototype = Object.getOwnPropertyDescriptor(fn, "prototype")?.value as object | undefined;
  if (prototype === undefined) return;
  if (Object.getOwnPropertyNames(prototype).some((name) => name !== "constructor")) {
    throw shipError(path, "methods were added to its prototype", "Write it as a class");
  }
}
