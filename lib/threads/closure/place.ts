import { textOf } from "../codec/intrinsics.ts";
import { findScript } from "./find-script.ts";
import { isOfNode, isOfPackage } from "./home.ts";
import { type Inspection, urlOfScript } from "./inspect.ts";
import { textOfModule } from "./module-text.ts";
import type { FunctionSource } from "./source.ts";
import { stackAddresses } from "./stack-places.ts";

/** Where a function is. */
export interface SourcePlace {
  /** A file URL, a path, `node:…`; undefined when nobody knows. */
  readonly address: string | undefined;
  /** Of the start of its text, from 0. */
  readonly line: number;
  readonly column: number;
  /** Claim: it is in an ECMAScript module, as opposed to a script or CommonJS. */
  readonly isInModule: boolean;
}

const NOWHERE: SourcePlace = { address: undefined, line: 0, column: 0, isInModule: false };

export function placeOf(
  fn: object,
  source: FunctionSource,
  inspection: Inspection | undefined,
): SourcePlace {
  if (inspection === undefined) return { ...NOWHERE, address: addressByText(fn) };
  const { location } = inspection;
  if (location === undefined) return NOWHERE;
  const { scriptId } = location;
  const before = (distance: FunctionSource["anchor"]): { line: number; column: number } => ({
    line: location.line - distance.lines,
    column: distance.lines === 0 ? location.column - distance.columns : 0,
  });
  return {
    address: urlOfScript(scriptId) ?? findScript(scriptId, fn, before(source.textAnchor)),
    ...before(source.anchor),
    isInModule: inspection.scopes.some(({ description }) => description === "Module"),
  };
}

/** The file on the stack of the call that has the text of the function in it. */
function addressByText(fn: object): string | undefined {
  const text = textOf(fn);
  return stackAddresses().find((address) => textOfModule(address).includes(text));
}

/** Claim: it is the code of a package or of Node, which stays where it is and is only referred to. */
export function isForeign({ address }: SourcePlace): boolean {
  return address !== undefined && (isOfPackage(address) || isOfNode(address));
}
