import { scriptName } from "../codec/generated-places.ts";
import { fileUrlOf } from "./home.ts";
import type { Place } from "./place.ts";
import type { ShippedFunction } from "./shipped-code.ts";
import type { FunctionSource } from "./source.ts";

/** A function to be shipped while its variables are being collected. */
export interface Draft {
  readonly source: FunctionSource;
  readonly shipped: { -readonly [K in keyof ShippedFunction]: ShippedFunction[K] };
}

export function draftOf(
  fn: object,
  source: FunctionSource,
  place: Place,
  callerUrl: string | undefined,
): Draft["shipped"] {
  const address = place.address ?? callerUrl;
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return {
    name: typeof name === "string" ? name : "",
    expression: source.expression,
    member: source.member,
    isClass: source.isClass,
    isStrict: source.isStrict || place.isInModule,
    filename: address === undefined ? "skein:function" : scriptName(address),
    line: place.line,
    column: place.column,
    home: source.importName === undefined ? undefined : fileUrlOf(address),
    importName: source.importName,
    variables: [],
    properties: [],
  };
}
