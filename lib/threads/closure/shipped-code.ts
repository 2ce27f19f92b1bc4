import type { BuiltinPath } from "../codec/builtins.ts";

/** What is sent of a function once for each worker, under its `id`. Structured clone carries it. */
export type ShippedCode = ShippedBuiltin | ShippedDeclaration | ShippedExport | ShippedProgram;

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

/** A function that an installed package exports. */
interface ShippedExport {
  readonly kind: "export";
  readonly id: string;
  readonly reference: ExportReference;
}

/** A function as source, together with the functions that it uses. The first one is the one to call. */
export interface ShippedProgram {
  readonly kind: "program";
  readonly id: string;
  readonly functions: readonly ShippedFunction[];
  /** Of packages, which the worker imports first. */
  readonly references: readonly ExportReference[];
  /** Claim: there are no captured values, so one instance serves all calls. */
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

/** Where a captured variable gets its value from. */
export type Slot =
  | { readonly kind: "value"; readonly index: number }
  | { readonly kind: "function"; readonly index: number }
  | { readonly kind: "builtin"; readonly path: BuiltinPath }
  | { readonly kind: "export"; readonly reference: ExportReference }
  /** An object of which only these members are used. */
  | { readonly kind: "members"; readonly members: readonly (readonly [name: string, slot: Slot])[] }
  /** A function that imports as the module at `home` does. */
  | { readonly kind: "import"; readonly home: string | undefined }
  /** CommonJS `require` of a module in this directory. */
  | { readonly kind: "require"; readonly directory: string };

/** An export of a package's module, by the names that lead to it, or else by its text. */
export interface ExportReference {
  readonly url: string;
  readonly isCommonJs: boolean;
  readonly names?: readonly string[];
  readonly text?: string;
}
