import type { TransferListItem } from "node:worker_threads";
import * as types from "node:util/types";
import { got } from "../../errors.ts";
import { builtinPathOf } from "../codec/builtins.ts";
import { textOf } from "../codec/intrinsics.ts";
import type { Encoded } from "../codec/values.ts";
import { Cache } from "./cache.ts";
import { capture } from "./capture.ts";
import { type Declaration, declarationOf } from "./declared.ts";
import { isImportable } from "./importable.ts";
import type { EncodeTogether } from "./captured.ts";
import type { ShippedCode, ShippedProgram } from "./shipped-code.ts";
import { type FunctionSource, sourceOf } from "./source.ts";
import type { AnyFunction } from "../any-function.ts";

export type { ShippedCode } from "./shipped-code.ts";

/** What is sent for one call of a function. */
export interface Shipment {
  /** Sent once for each worker, which keeps it under `code.id`. */
  readonly code: ShippedCode;
  /** Sent with every call: the values of captured variables at this moment. Undefined when there are none. */
  readonly values: Encoded;
  /** Encodes the values anew, in one piece with the arguments. */
  readonly encodeWith?: EncodeTogether;
  readonly transfer?: readonly TransferListItem[];
}

export interface ShipOptions {
  /** Captured variables by name, instead of looking into the function. */
  readonly captures?: Readonly<Record<string, unknown>> | undefined;
  /** Ships a declared function as source: its module turned out not to be importable in a worker. */
  readonly asSource?: boolean | undefined;
}

/** Of a function that has no variables and does not look at itself nothing changes but what its globals are. */
interface Constant {
  readonly shipment: Shipment;
  readonly globals: ReadonlyMap<string, unknown>;
}

const constants = new WeakMap<AnyFunction, Constant>();
/** The same for every function of a text that uses no names at all. */
const constantSources = new WeakMap<FunctionSource, { name: string; shipment: Shipment }>();
const NO_GLOBALS: ReadonlyMap<string, unknown> = new Map();

/** By what {@link capture} calls the same program. */
const programs = new Cache<string, ShippedProgram>(5_000);
let nextProgram = 0;

/**
 * Prepares `fn` for its way to a worker, by the first way that is open: a built-in by its name, a declared function
 * by its module, any other by its source and the values of the variables that it captures.
 *
 * @throws ShipError when there is no way, naming the function, the variable, the reason and what to do.
 */
export function shipFunction(fn: AnyFunction, options: ShipOptions = {}): Shipment {
  if (typeof fn !== "function") {
    throw new TypeError(`Expected \`fn\` to be a function, got ${got(fn)}`);
  }
  const { captures, asSource = false } = options;
  const isPlain = captures === undefined;
  const constant = isPlain ? constantOf(fn) : undefined;
  if (constant !== undefined && !(asSource && constant.code.kind === "declared")) return constant;
  const elsewhere = isPlain ? shipReference(fn, asSource) : undefined;
  return elsewhere ?? shipSource(fn, captures);
}

function constantOf(fn: AnyFunction): Shipment | undefined {
  const constant = constants.get(fn);
  if (constant === undefined) return undefined;
  for (const [name, value] of constant.globals) {
    if (!Object.is((globalThis as Record<string, unknown>)[name], value)) return undefined;
  }
  return constant.shipment;
}

function constantOfSource(
  fn: AnyFunction,
  source: FunctionSource | undefined,
): Shipment | undefined {
  const constant = source && constantSources.get(source);
  return constant?.name === fn.name ? constant.shipment : undefined;
}

function shipReference(fn: AnyFunction, asSource: boolean): Shipment | undefined {
  const path = builtinPathOf(fn);
  if (path !== undefined) {
    return remember(fn, { kind: "builtin", id: `builtin ${path.join(".")}`, path });
  }
  const declaration = asSource ? undefined : declarationOf(fn);
  if (declaration === undefined || !isImportable(declaration.url)) return undefined;
  return remember(fn, codeOfDeclaration(declaration));
}

function codeOfDeclaration({ url, index, fn }: Declaration): ShippedCode {
  const source = textOf(fn);
  return { kind: "declared", id: `declared ${index} ${url}`, url, index, source };
}

function shipSource(fn: AnyFunction, captures: ShipOptions["captures"]): Shipment {
  const source = types.isProxy(fn) ? undefined : sourceOf(fn);
  const constant = constantOfSource(fn, source);
  if (constant !== undefined) return constant;
  const captured = capture(fn, captures);
  if (captured.kind === "imported") {
    const { value } = captured;
    const id = `import ${JSON.stringify([value.sources, value.likeness])}`;
    return remember(fn, { kind: "imported", id, value });
  }
  const { key, functions, imports, values, encodeWith, globals, isUnseen } = captured;
  const isConstant = values === undefined && isUnseen;
  const code = programs.get(`${isConstant} ${key}`, () => {
    const id = `program ${nextProgram++}`;
    return { kind: "program", id, functions, imports, isConstant };
  });
  const [only, ...others] = functions;
  const isAlone = others.length === 0 && only?.variables.length === 0;
  if (!isConstant || !isAlone || only.properties.length > 0) return { code, values, encodeWith };
  const shipment = remember(fn, code, globals);
  // With names that no scope declares, only this very function is known to mean the globals.
  if (source?.free.uses.size === 0 && source.importName === undefined) {
    constantSources.set(source, { name: fn.name, shipment });
  }
  return shipment;
}

function remember(
  fn: AnyFunction,
  code: ShippedCode,
  globals: ReadonlyMap<string, unknown> = NO_GLOBALS,
): Shipment {
  const shipment = { code, values: undefined };
  constants.set(fn, { shipment, globals });
  return shipment;
}
