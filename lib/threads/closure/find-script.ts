import { textOf } from "../codec/intrinsics.ts";
import { Cache } from "./cache.ts";
import { isOfPackage } from "./home.ts";
import { programModules } from "./module-graph.ts";
import { linesOfModule } from "./module-text.ts";
import { stackAddresses } from "./stack-places.ts";

/** Where a function begins, if its script is the one that is looked for; counts from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

const found = new Cache<string, string | undefined>(1_000);

/**
 * The address of the script that a function is in, where the engine does not tell: it lists no module of which no
 * function has come to its end, as in a program that waits at its top level, or none but a top level that did much.
 * Most often the function is in a file of the call's stack, or in the one that the program began with, or in one that
 * these import. Only a file that has its text at its position is taken, or, since what a loader has compiled looks
 * different, the innermost of the first.
 */
export function findScript(scriptId: string, fn: object, at: Position): string | undefined {
  return found.get(scriptId, () => search(fn, at));
}

function search(fn: object, at: Position): string | undefined {
  const text = textOf(fn);
  const addresses = stackAddresses();
  for (const one of programModules(addresses))
    if (hasTextAt(linesOfModule(one), at, text)) return one;
  return addresses.find((one) => isCompiled(one) && !isOfPackage(one));
}

/** Of these a loader runs what it has made of them. */
function isCompiled(address: string): boolean {
  return /\.[cm]?tsx?$|\.jsx$/.test(address.replace(/[?#].*$/, ""));
}

/** Where types have been stripped, the text has blanks in their place. */
function hasTextAt(lines: readonly string[], { line, column }: Position, text: string): boolean {
  return text.split("\n").every((expected, index) => {
    const found = lines[line + index]?.slice(index === 0 ? column : 0);
    if (found === undefined) return false;
    for (let at = 0; at < expected.length; at++) {
      if (expected[at] !== " " && expected[at] !== found[at]) return false;
    }
    return true;
  });
}
