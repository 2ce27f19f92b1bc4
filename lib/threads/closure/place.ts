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
  /** Claim: another function has made it, and may have made more of the same text. */
  readonly isMade: boolean;
}

const NOWHERE: SourcePlace = {
  address: undefined,
  line: 0,
  column: 0,
  isInModule: false,
  isMade: false,
};

/** Scopes that there are once: those of modules, and in scripts those of the nameless functions that go around them. */
const ONCE_IN_MODULES = /^(Module|Script)$/;
const ONCE_IN_SCRIPTS = /^(Script|Closure)$/;

export function placeOf(
  fn: object,
  source: FunctionSource,
  inspection: Inspection | undefined,
): SourcePlace {
  if (inspection === undefined) return { ...NOWHERE, address: addressByText(fn) };
  const { location } = inspection;
  if (location === undefined) return NOWHERE;
  const { scriptId } = location;
  const isInModule = inspection.scopes.some(({ description }) => description === "Module");
  const once = isInModule ? ONCE_IN_MODULES : ONCE_IN_SCRIPTS;
  const before = (distance: FunctionSource["anchor"]): { line: number; column: number } => ({
    line: location.line - distance.lines,
    column: distance.lines === 0 ? location.column - distance.columns : 0,
  });
  return {
    address: urlOfScript(scriptId) ?? findScript(scriptId, fn, before(source.textAnchor)),
    ...before(source.anchor),
    isInModule,
    isMade: inspection.scopes.some(({ description }) => !once.test(description)),
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
