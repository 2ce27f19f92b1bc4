import type { AnyNode } from "acorn";

/** What compilers call in place of `async`: TypeScript, esbuild, babel and swc, in this order. */
const HELPER =
  /^(__awaiter|__async|__asyncGenerator|_?async_?[tT]o_?[gG]enerator|_?wrap_?[aA]sync_?[gG]enerator)$/;

export function isAsyncHelper(callee: AnyNode): boolean {
  if (callee.type === "Identifier") return HELPER.test(callee.name);
  if (callee.type === "SequenceExpression") return isAsyncHelper(callee.expressions.at(-1)!);
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false;
  return HELPER.test(callee.property.name);
}
