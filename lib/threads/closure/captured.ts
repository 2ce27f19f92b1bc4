import type { EncodeHooks } from "../codec/findings.ts";
import type { Encoded } from "../codec/values.ts";
import type { ImportedValue, ShippedFunction } from "./shipped-code.ts";

/** The function is imported in the worker, or else it is a program of it and of what it uses. */
export type Captured = CapturedImport | CapturedProgram;

interface CapturedImport {
  readonly kind: "imported";
  readonly value: ImportedValue;
}

/** Undefined when nothing could be among both the arguments and the captured values. */
export type EncodeTogether = (args: readonly unknown[], hooks: EncodeHooks) => Encoded;

interface CapturedProgram {
  readonly kind: "program";
  /** The same for captures that differ in their values only. */
  readonly key: string;
  readonly functions: readonly ShippedFunction[];
  readonly imports: readonly ImportedValue[];
  /** The captured values in the order of their slots; undefined when there are none. */
  readonly values: Encoded;
  /** Encodes them in one piece with arguments. */
  readonly encodeWith: EncodeTogether;
  /** Names that mean what is on the global object, with what that was. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** Claim: of its functions only the first one is seen, and that by nobody but who calls it. */
  readonly isUnseen: boolean;
}
