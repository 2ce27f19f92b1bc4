import type { BuiltinPath } from "../codec/builtins.ts";
import type { Binding } from "./bindings.ts";
import type { Likeness } from "./likeness.ts";

/** What is sent of a function once for each worker, under its `id`. Structured clone carries it. */
export type ShippedCode = ShippedBuiltin | ShippedDeclaration | ShippedImport | ShippedProgram;

/** A function of Node or of the language. */
interface ShippedBuiltin {
  readonly kind: "builtin";
  readonly id: string;
  readonly path: BuiltinPath;
}

/** A function that its module declares with `threaded`: the worker imports the module. */
export interface ShippedDeclaration {
  readonly kind: "declared";
  readonly id: string;
  readonly url: string;
  /** Position among the declarations of its module. */
  readonly index: number;
  readonly source: string;
}

/** A function that the worker imports. */
interface ShippedImport {
  readonly kind: "imported";
  readonly id: string;
  readonly value: ImportedValue;
}

/** A function as source, together with the functions that it uses. The first one is the one to call. */
export interface ShippedProgram {
  readonly kind: "program";
  readonly id: string;
  readonly functions: readonly ShippedFunction[];
  /** What the worker imports first. */
  readonly imports: readonly ImportedValue[];
  /** Claim: nothing that one call leaves in the functions can be seen by another one, so one instance serves all. */
  readonly isConstant: boolean;
}

export interface ShippedFunction {
  readonly name: string;
  /** An expression; reads its variables as free names. */
  readonly expression: string;
  /** What to read of the expression's value: methods travel inside an object literal. */
  readonly member: "m" | undefined;
  readonly isClass: boolean;
  readonly isStrict: boolean;
  /** Where stack traces say it is. */
  readonly filename: string;
  readonly line: number;
  readonly column: number;
  /** What relative `import()` inside it is relative to; undefined when it has none, or when nobody knows. */
  readonly home: string | undefined;
  /** The name that stands in for `import` in the expression. */
  readonly importName: string | undefined;
  readonly variables: readonly (readonly [name: string, slot: Slot])[];
  /** Properties that the program added to the function. */
  readonly properties: readonly (readonly [name: string, slot: Slot])[];
}

/** Where a captured variable gets its value from. One object of a program has one slot. */
export type Slot =
  | { readonly kind: "value"; readonly index: number }
  | { readonly kind: "function"; readonly index: number }
  | { readonly kind: "builtin"; readonly path: BuiltinPath }
  | { readonly kind: "imported"; readonly value: ImportedValue }
  /** An object of which only these members are used. */
  | { readonly kind: "members"; readonly members: readonly (readonly [name: string, slot: Slot])[] }
  /** A function that imports as the module at `home` does. */
  | { readonly kind: "importer"; readonly home: string | undefined }
  /** CommonJS `require` of a module in this directory. */
  | { readonly kind: "require"; readonly directory: string };

/** A value that a worker imports as a module of the program does. */
export interface ImportedValue {
  /** As the program calls it. */
  readonly label: string;
  /**
   * Where it may be, likeliest first. Nothing but the likeness tells those of one row apart, so what is like it there
   * has to be one value; the next row counts only when there is none.
   */
  readonly sources: readonly (readonly ImportSource[])[];
  /** Undefined where nobody could look at it. */
  readonly likeness: Likeness | undefined;
}

export interface ImportSource extends Binding {
  /** The URL of the module whose import it is. */
  readonly home: string;
}
