import { scriptName } from "../codec/generated-places.ts";
import { functionName } from "../codec/own-data.ts";
import { fileUrlOf } from "./home.ts";
import type { SourcePlace } from "./place.ts";
import type { ShippedFunction } from "./shipped-code.ts";
import type { FunctionSource } from "./source.ts";

/** A function to be shipped while its variables are being collected. */
export interface Draft {
  readonly source: FunctionSource;
  readonly shipped: { -readonly [K in keyof ShippedFunction]: ShippedFunction[K] };
}

export function draftOf(fn: object, source: FunctionSource, place: SourcePlace): Draft["shipped"] {
  const { address, line, column, isInModule } = place;
  return {
    name: functionName(fn),
    expression: source.expression,
    member: source.member,
    isClass: source.isClass,
    isStrict: source.isStrict || isInModule,
    filename: address === undefined ? "skein:function" : scriptName(address),
    line,
    column,
    home: source.importName === undefined ? undefined : fileUrlOf(address),
    importName: source.importName,
    variables: [],
    properties: [],
  };
}
