import { linesOfModule } from "./module-text.ts";
import type { ImportSource } from "./shipped-code.ts";
import type { StackPlace } from "./stack-places.ts";
import { importsOfName, membersOf } from "./user-imports.ts";

/** Lines that are looked at for the arguments of a call. */
const MOST_LINES = 10;

/**
 * What stands among the arguments of the call at `place` and is imported there: `_.chunk` in
 * `pool.run(_.chunk, [list])`.
 */
export function importsOfArguments({ address, line, column }: StackPlace): readonly ImportSource[] {
  const text = linesOfModule(address)
    .slice(line, line + MOST_LINES)
    .join("\n")
    .slice(column);
  const [, list] = /^[\w$]*\s*\(([^()]*)/.exec(text) ?? [];
  if (list === undefined) return [];
  const names = list.matchAll(/(?<![.\w$"'`])([A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*)/g);
  return [...names].flatMap(([, chain = ""]) => {
    const [root = "", ...members] = chain.split(".").map((name) => name.trim());
    return members.reduce(membersOf, importsOfName(address, root));
  });
}
