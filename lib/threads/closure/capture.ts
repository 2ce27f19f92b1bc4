import { types } from "node:util";
import { ShipError } from "../../errors.ts";
import { builtinPathOf } from "../codec/builtins.ts";
import type { Encoded } from "../codec/values.ts";
import { CapturedValues } from "./captured-values.ts";
import { fileUrlOf } from "./home.ts";
import { importSlot } from "./imports.ts";
import { inspectFunction, type Inspection } from "./inspect.ts";
import { holdsOnlyFunctions, isNamespace, memberOf, ownMembers } from "./members.ts";
import type { PartUse } from "./name-uses.ts";
import { findExport, knownExport } from "./package-exports.ts";
import { isForeign, type Place, placeOf } from "./place.ts";
import {
  assignmentError,
  budgetError,
  type CapturePath,
  foreignError,
  obstacleError,
  refusePrototype,
  refuseUncallable,
  textlessError,
} from "./refusals.ts";
import type { ExportReference, ShippedFunction, Slot } from "./shipped-code.ts";
import { type FunctionSource, sourceOf } from "./source.ts";
import { builtinObjectPath, type Captures, findVariable, requireDirectory } from "./variables.ts";

/** Together these keep a captured function from dragging half of the program along. */
const MOST_FUNCTIONS = 100;
const MOST_TEXT = 256 * 1024;

/** The function is exported by a package, or else a program of it and of what it uses. */
export type Captured = CapturedExport | CapturedProgram;

interface CapturedExport {
  readonly kind: "export";
  readonly reference: ExportReference;
}

interface CapturedProgram {
  readonly kind: "program";
  /** The same for captures that differ in their values only. */
  readonly key: string;
  readonly functions: readonly ShippedFunction[];
  readonly references: readonly ExportReference[];
  /** The captured values in the order of their slots; undefined when there are none. */
  readonly values: Encoded;
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

/** Where functions are that no scope has a variable for: there is nothing more to ask the inspector. */
const settledPlaces = new WeakMap<object, Place>();

class Capturer {
  readonly #captures: Captures | undefined;
  readonly #callerUrl: string | undefined;
  readonly #functions: Draft[] = [];
  readonly #slots = new Map<object, Slot>();
  readonly #values = new CapturedValues((fn, path) => this.#addFunction(fn, path));
  #textSize = 0;

  constructor(captures: Captures | undefined, callerUrl: string | undefined) {
    this.#captures = captures;
    this.#callerUrl = callerUrl;
  }

  run(fn: (...args: never[]) => unknown): Captured {
    const path = [fn.name === "" ? "(anonymous function)" : fn.name];
    const slot = this.#addFunction(fn, path);
    if (slot.kind === "export") return { kind: "export", reference: slot.reference };
    const values = this.#values.encode((special) => this.#slots.get(special));
    const functions = this.#functions.map(({ shipped }) => shipped);
    return { kind: "program", key: this.#key(), functions, references: this.#references(), values };
  }

  /** Says all but the texts, which have numbers. */
  #key(): string {
    const parts = this.#functions.map(({ source, shipped }) => {
      const { filename, line, column, isStrict, name, variables, properties } = shipped;
      return [source.id, filename, line, column, isStrict, name, variables, properties];
    });
    return JSON.stringify([parts, this.#references()]);
  }

  #references(): readonly ExportReference[] {
    const slots = [...this.#slots.values()];
    return slots.flatMap((slot) => (slot.kind === "export" ? [slot.reference] : []));
  }

  #addFunction(fn: object, path: CapturePath): Slot {
    const known = this.#slots.get(fn);
    if (known !== undefined) return known;
    const elsewhere = elsewhereSlot(fn);
    if (elsewhere !== undefined) {
      this.#slots.set(fn, elsewhere);
      return elsewhere;
    }
    const source = types.isProxy(fn) ? undefined : sourceOf(fn);
    if (source === undefined) throw textlessError(path, fn);
    return this.#addSource(fn, source, path);
  }

  #addSource(fn: object, source: FunctionSource, path: CapturePath): Slot {
    const settled = settledPlaces.get(fn);
    const inspection = settled === undefined ? inspectFunction(fn) : undefined;
    const place = settled ?? placeOf(fn, source, inspection);
    const reference = findExport(fn, place);
    if (reference !== undefined) return this.#remember(fn, { kind: "export", reference });
    if (isForeign(place)) throw foreignError(path, place.address ?? "");
    if (path.length === 1) refuseUncallable(source, path);
    if (source.free.obstacle !== undefined) throw obstacleError(path, source.free.obstacle);
    if (!source.isClass) refusePrototype(fn, path);
    this.#spend(source, path);
    const slot = this.#remember(fn, { kind: "function", index: this.#functions.length });
    const shipped = draftOf(fn, source, place, this.#callerUrl);
    // Before its variables, so that functions which use each other find it.
    this.#functions.push({ source, shipped });
    shipped.variables = [
      ...(source.counter === undefined ? [] : [[source.counter, slot] as const]),
      ...this.#heritageOf(fn, source, path),
      ...(settled === undefined ? this.#variablesOf(source, inspection, place, path) : []),
    ];
    shipped.properties = this.#propertiesOf(fn, source, path);
    if (inspection !== undefined && shipped.variables.length === 0) settledPlaces.set(fn, place);
    return slot;
  }

  #remember(fn: object, slot: Slot): Slot {
    this.#slots.set(fn, slot);
    return slot;
  }

  #spend(source: FunctionSource, path: CapturePath): void {
    this.#textSize += source.size;
    if (this.#functions.length >= MOST_FUNCTIONS || this.#textSize > MOST_TEXT) {
      throw budgetError(path, MOST_FUNCTIONS, MOST_TEXT);
    }
  }

  /** A base class is known by the class itself; the variable that had it may be gone. */
  #heritageOf(
    fn: object,
    { heritage }: FunctionSource,
    path: CapturePath,
  ): (readonly [string, Slot])[] {
    if (heritage === undefined) return [];
    const base = Object.getPrototypeOf(fn) as unknown;
    return [[heritage, this.#slotOf(base, heritage, undefined, path)]];
  }

  #variablesOf(
    source: FunctionSource,
    inspection: Inspection | undefined,
    place: Place,
    path: CapturePath,
  ): (readonly [string, Slot])[] {
    const variables: (readonly [string, Slot])[] = [];
    // What was given by name belongs to the function of the call, which is the first.
    const captures = path.length === 1 ? this.#captures : undefined;
    for (const [name, use] of source.free.uses) {
      if (name === source.counter || name === source.heritage) continue;
      if (use.isAssigned) throw assignmentError(path, name);
      const found = findVariable(name, use, captures, inspection, path);
      if (found === undefined) continue;
      const slot =
        importSlot(found, name, place.address) ?? this.#slotOf(found.value, name, use, path);
      variables.push([name, slot]);
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
    const names = Object.keys(fn).filter((name) => !made.has(name));
    return names.map((name) => [name, this.#slotOf(memberOf(fn, name), name, undefined, path)]);
  }

  #slotOf(value: unknown, name: string, use: PartUse | undefined, path: CapturePath): Slot {
    if (typeof value === "function") return this.#addFunction(value, [...path, name]);
    if (typeof value !== "object" || value === null) return this.#values.add(value, name, path);
    const builtin = builtinObjectPath(value);
    if (builtin !== undefined) return { kind: "builtin", path: builtin };
    const parts = use === undefined || use.isWhole ? undefined : use.members;
    if (isNamespace(value)) {
      return this.#membersSlot(value, parts ?? wholeMembers(value), name, path);
    }
    if (parts === undefined) return this.#values.add(value, name, path);
    return this.#wholeOrMembers(value, parts, name, path);
  }

  /**
   * An object of which only functions are called serves as a namespace. Otherwise it travels as a whole, so that all
   * who have it see the same one; something in it that cannot travel is no obstacle when only other members are read.
   */
  #wholeOrMembers(value: object, parts: Parts, name: string, path: CapturePath): Slot {
    const members = ownMembers(value, parts.keys());
    if (members !== undefined && holdsOnlyFunctions(value, members)) {
      return this.#membersSlot(value, parts, name, path);
    }
    const goBack = this.#bookmark();
    try {
      return this.#values.add(value, name, path);
    } catch (error) {
      const isPart = members !== undefined && members.length < Object.keys(value).length;
      if (!(error instanceof ShipError) || !isPart) throw error;
      goBack();
      return this.#membersSlot(value, parts, name, path);
    }
  }

  #membersSlot(value: object, parts: Parts, name: string, path: CapturePath): Slot {
    const members = [...parts].map(([member, use]) => {
      const held = memberOf(value, member);
      return [member, this.#slotOf(held, `${name}.${member}`, use, path)] as const;
    });
    return { kind: "members", members };
  }

  #bookmark(): () => void {
    const functions = this.#functions.length;
    const values = this.#values.count;
    const slots = new Map(this.#slots);
    const textSize = this.#textSize;
    return () => {
      this.#functions.length = functions;
      this.#values.truncate(values);
      for (const fn of this.#slots.keys()) if (!slots.has(fn)) this.#slots.delete(fn);
      this.#textSize = textSize;
    };
  }
}

type Parts = ReadonlyMap<string, PartUse>;

interface Draft {
  readonly source: FunctionSource;
  readonly shipped: { -readonly [K in keyof ShippedFunction]: ShippedFunction[K] };
}

function wholeMembers(value: object): Parts {
  return new Map(Object.keys(value).map((name) => [name, { isWhole: true, members: new Map() }]));
}

/** What the worker has anyway. */
function elsewhereSlot(fn: object): Slot | undefined {
  if (types.isProxy(fn)) return undefined;
  const path = builtinPathOf(fn);
  if (path !== undefined) return { kind: "builtin", path };
  const reference = knownExport(fn);
  if (reference !== undefined) return { kind: "export", reference };
  const directory = requireDirectory(fn);
  return directory === undefined ? undefined : { kind: "require", directory };
}

function draftOf(
  fn: object,
  source: FunctionSource,
  place: Place,
  callerUrl: string | undefined,
): Draft["shipped"] {
  const filename = place.address ?? callerUrl;
  return {
    name: (fn as { readonly name: string }).name,
    expression: source.expression,
    member: source.member,
    isClass: source.isClass,
    isStrict: source.isStrict || place.isInModule,
    filename: filename ?? "skein:function",
    line: place.line,
    column: place.column,
    home: source.importName === undefined ? undefined : fileUrlOf(filename),
    importName: source.importName,
    variables: [],
    properties: [],
  };
}
