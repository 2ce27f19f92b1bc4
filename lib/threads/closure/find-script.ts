import { readFileSync } from "node:fs";
import { fileUrlOf, pathOf } from "./home.ts";

/** Where a function begins, if its script is the one that is looked for; counts from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

const found = new Map<string, string | undefined>();
const texts = new Map<string, readonly string[]>();

/**
 * The address of the script that a function is in, where the engine does not tell: it lists no module of which no
 * function has come to its end, as in a program that waits at its top level. Most often the function is in a file of the
 * call's stack, or in the one that the program began with. Only a file that has its text at its position is taken.
 */
export function findScript(scriptId: string, fn: object, at: Position): string | undefined {
  if (!found.has(scriptId)) {
    const text = Function.prototype.toString.call(fn);
    const address = [...candidates()].find((one) => hasTextAt(linesOf(one), at, text));
    found.set(scriptId, address);
  }
  return found.get(scriptId);
}

function* candidates(): Generator<string> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const seen = new Set<string>();
  for (const [, address = ""] of stack.matchAll(
    /\(?((?:file:\/\/|\/|[A-Z]:\\)[^()]*?):\d+:\d+\)?$/gm,
  )) {
    if (!seen.has(address)) yield address;
    seen.add(address);
  }
  const entry = fileUrlOf(process.argv[1]);
  if (entry !== undefined) yield entry;
}

function linesOf(address: string): readonly string[] {
  let lines = texts.get(address);
  if (lines === undefined) {
    try {
      lines = readFileSync(pathOf(address), "utf8").split("\n");
    } catch {
      lines = [];
    }
    texts.set(address, lines);
  }
  return lines;
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
