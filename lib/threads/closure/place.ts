import { type Inspection, urlOfScript } from "./inspect.ts";
import type { FunctionSource } from "./source.ts";

/** The address of the script that the function is in. */
export function addressOf(inspection: Inspection | undefined): string | undefined {
  const id = inspection?.location?.scriptId;
  return id === undefined ? undefined : urlOfScript(id);
}

/** Where the function's text starts. */
export function placeOf(
  source: FunctionSource,
  inspection: Inspection | undefined,
): { readonly line: number; readonly column: number } {
  const location = inspection?.location;
  if (location === undefined) return { line: 0, column: 0 };
  const { lines, columns } = source.anchor;
  return { line: location.line - lines, column: lines === 0 ? location.column - columns : 0 };
}

/** Claim: it is in an ECMAScript module, as opposed to a script or CommonJS. */
export function isInModule(inspection: Inspection | undefined): boolean {
  return inspection?.scopes.some(({ description }) => description === "Module") ?? false;
}
