import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { builtinAt } from "../codec/builtins.ts";
import { markGenerated } from "../codec/generated-places.ts";
import { setOwn } from "../../scope/own-property.ts";
import { type DecodeHooks, decodeValue } from "../codec/values.ts";
import { importerFrom } from "./importer.ts";
import { loadedImport } from "./references.ts";
import type { ShippedFunction, ShippedProgram, Slot } from "./shipped-code.ts";
import type { UncheckedFunction } from "../any-function.ts";

type SetVariables = (values: readonly unknown[]) => void;
/** Makes the function; before its text is evaluated, hands out the way to set its variables. */
type Factory = (announce: (set: SetVariables) => void) => unknown;

/**
 * Coverage counts by offsets in the file, which those of a function by itself are not: it would be taken for missed.
 */
const isCovered = process.env["NODE_V8_COVERAGE"] !== undefined;

/** Gives the captured values, decoded with these hooks. */
export type DecodeCaptured = (hooks: DecodeHooks) => readonly unknown[];

/** A shipped program, compiled: gives its first function for any values of its captured variables. */
export interface CompiledProgram {
  readonly isConstant: boolean;
  /** @param values - encoded, or what decodes them */
  instantiate(values: unknown): UncheckedFunction;
}

export function compileProgram(code: ShippedProgram): CompiledProgram {
  const factories = code.functions.map(compile);
  return {
    isConstant: code.isConstant,
    instantiate: (values) => new Instance(code, factories, values).main,
  };
}

/**
 * A function that makes the shipped one around variables of its own. The text before the expression is taken off
 * the column, so that stack traces point where the program has it.
 */
function compile(fn: ShippedFunction): Factory {
  const names = fn.variables.map(([name]) => name);
  const [announce, values] = unusedNames(fn.expression, names);
  const declarations = names.length === 0 ? "" : `var ${names.join()};`;
  const writes = names.map((name, index) => `${name}=${values}[${index}];`).join("");
  const params = fn.importName === undefined ? announce : `${announce},${fn.importName}`;
  const strict = fn.isStrict ? '"use strict";' : "";
  const before = `(function(${params}){${strict}${declarations}${announce}(function(${values}){${writes}});return (`;
  const member = fn.member === undefined ? "" : `.${fn.member}`;
  const script = new Script(`${before}${fn.expression}\n)${member}})`, {
    filename: isCovered ? markGenerated(fn.filename) : fn.filename,
    lineOffset: fn.line,
    columnOffset: fn.column - before.length,
  });
  const make = script.runInThisContext() as (...args: unknown[]) => unknown;
  const importer = fn.importName === undefined ? undefined : importerFrom(fn.home);
  return (announced) => make(announced, importer);
}

/** Two names that neither the function nor its variables use. */
function unusedNames(expression: string, names: readonly string[]): readonly string[] {
  const free: string[] = [];
  for (let number = 0; free.length < 2; number++) {
    const name = `$${number}`;
    if (!expression.includes(name) && !names.includes(name)) free.push(name);
  }
  return free;
}

/**
 * One set of functions around one set of values. Functions are made first, because they need their variables only
 * when they are called; then the values, which may hold functions; then the classes, which may need all of them at
 * once: a base class, what a static field computes. At the end every variable has its value, circles included.
 */
class Instance {
  readonly #code: ShippedProgram;
  readonly #factories: readonly Factory[];
  readonly #made: unknown[] = [];
  readonly #begunClasses = new Set<number>();
  readonly #parts = new Map<MembersSlot, object>();
  readonly #setters: (SetVariables | undefined)[] = [];
  #values: readonly unknown[] = [];

  constructor(code: ShippedProgram, factories: readonly Factory[], values: unknown) {
    this.#code = code;
    this.#factories = factories;
    const classes = this.#indexesWhere(true);
    for (const index of this.#indexesWhere(false)) this.#make(index);
    if (classes.length > 0) this.#setVariables();
    this.#values = this.#decode(values);
    this.#setVariables();
    // What a class computes when it is made may call functions that look at theirs.
    if (classes.length > 0) this.#setProperties();
    for (const index of classes) this.#ensure(index);
    if (classes.length > 0) this.#setVariables();
    this.#setProperties();
  }

  get main(): UncheckedFunction {
    return this.#made[0] as UncheckedFunction;
  }

  #indexesWhere(isClass: boolean): readonly number[] {
    return [...this.#code.functions.keys()].filter(
      (index) => this.#code.functions[index]?.isClass === isClass,
    );
  }

  #decode(values: unknown): readonly unknown[] {
    if (values === undefined) return [];
    const onSpecial = (special: object): unknown => {
      const slot = special as Slot;
      this.#ensureIn(slot);
      return this.#valueOf(slot);
    };
    const hooks: DecodeHooks = {
      onSpecial,
      isLate: (special) => this.#holdsClass(special as Slot),
      // What a class computes when it is made may need any of the others.
      onRest: (root) => {
        this.#values = root as readonly unknown[];
        this.#setVariables();
        this.#setProperties();
      },
    };
    if (typeof values === "function") return (values as DecodeCaptured)(hooks);
    return decodeValue(values, hooks) as readonly unknown[];
  }

  #make(index: number, variables?: readonly unknown[]): void {
    const made = this.#factories[index]?.((set) => {
      this.#setters[index] = set;
      if (variables !== undefined) set(variables);
    });
    restoreName(made, this.#code.functions[index]?.name ?? "");
    this.#made[index] = made;
  }

  #holdsClass(slot: Slot): boolean {
    if (slot.kind === "function") return this.#code.functions[slot.index]?.isClass === true;
    return slot.kind === "members" && slot.members.some(([, member]) => this.#holdsClass(member));
  }

  #ensureIn(slot: Slot): void {
    if (slot.kind === "function") this.#ensure(slot.index);
    if (slot.kind === "members") for (const [, member] of slot.members) this.#ensureIn(member);
  }

  /** Makes a class after those that it uses. One that is being made already is part of a circle, closed at the end. */
  #ensure(index: number): void {
    const fn = this.#code.functions[index];
    if (fn?.isClass !== true || this.#begunClasses.has(index)) return;
    this.#begunClasses.add(index);
    for (const [, slot] of fn.variables) this.#ensureIn(slot);
    this.#make(index, this.#variablesOf(fn));
  }

  #setVariables(): void {
    for (const [index, fn] of this.#code.functions.entries()) {
      if (fn.variables.length > 0) this.#setters[index]?.(this.#variablesOf(fn));
    }
  }

  #setProperties(): void {
    for (const [index, fn] of this.#code.functions.entries()) {
      for (const [name, slot] of fn.properties) {
        const made = this.#made[index];
        if (made !== undefined) setOwn(made as object, name, this.#valueOf(slot));
      }
    }
  }

  #variablesOf(fn: ShippedFunction): readonly unknown[] {
    return fn.variables.map(([, slot]) => this.#valueOf(slot));
  }

  /** One object, for all who use a part of it; its members are set when there are all values. */
  #partOf(slot: MembersSlot): object {
    let part = this.#parts.get(slot);
    if (part === undefined) this.#parts.set(slot, (part = {}));
    for (const [name, member] of slot.members) setOwn(part, name, this.#valueOf(member));
    return part;
  }

  #valueOf(slot: Slot): unknown {
    switch (slot.kind) {
      case "value":
        return this.#values[slot.index];
      case "function":
        return this.#made[slot.index];
      case "builtin":
        return builtinAt(slot.path);
      case "imported":
        return loadedImport(slot.value);
      case "members":
        return this.#partOf(slot);
      case "importer":
        return importerFrom(slot.home);
      case "require":
        return createRequire(join(slot.directory, "module.cjs"));
    }
  }
}

interface MembersSlot {
  readonly members: readonly (readonly [name: string, slot: Slot])[];
}

/** `const add = (a, b) => …` gives a name that the expression alone does not have. */
function restoreName(made: unknown, name: string): void {
  if (typeof made !== "function" || made.name === name) return;
  if (Object.getOwnPropertyDescriptor(made, "name")?.configurable === false) return;
  Object.defineProperty(made, "name", { value: name, configurable: true });
}
