import { textOf } from "./codec/intrinsics.ts";

/** What `Object.prototype.toString` says of the kinds of functions. */
type FunctionTag = "Function" | "AsyncFunction" | "GeneratorFunction" | "AsyncGeneratorFunction";

/** The calls by which compilers replace `async`: TypeScript's, esbuild's, then babel's and swc's. */
const HELPERS: readonly (readonly [call: RegExp, tag: FunctionTag])[] = [
  [startingWith("__awaiter|__async|_?async_?[tT]o_?[gG]enerator"), "AsyncFunction"],
  [startingWith("__asyncGenerator|_?wrap_?[aA]sync_?[gG]enerator"), "AsyncGeneratorFunction"],
];

/**
 * A function that does nothing but hand on to another one of its name, as babel and swc have it: `f` to `_f`, or
 * `_ref`.
 */
const HANDS_ON =
  /^function\s*([\w$]*)\([^)]*\)\s*\{\s*return\s+_([\w$]+)\.apply\(this,\s*arguments\);?\s*\}$/;

/** Helpers come first in a function, but for variables and defaults of parameters. */
const LONGEST_HEAD = 2_000;

/**
 * The kind of function that the author of `fn` wrote. A compiler that is told to write older JavaScript makes a plain
 * function of an async one; it is known for what it was by the helper that it calls.
 */
export function functionTag(fn: object): string {
  const tag = Object.prototype.toString.call(fn).slice(8, -1);
  return tag === "Function" ? tagInText(textOf(fn)) : tag;
}

function tagInText(text: string): FunctionTag {
  const [, name, behind] = HANDS_ON.exec(text) ?? [];
  if (behind !== undefined && (behind === name || /^ref\d*$/.test(behind))) return "AsyncFunction";
  const head = text.slice(0, LONGEST_HEAD);
  return HELPERS.find(([call]) => call.test(head))?.[1] ?? "Function";
}

/** `() => helper(…)`, or `function f(…) { … return helper(…)` with nothing before it but variables and defaults. */
function startingWith(helper: string): RegExp {
  const call = String.raw`\(?\s*(?:\(0\s*,\s*)?(?:[\w$]+\.)?(?:${helper})\)?\s*\(`;
  const variables = String.raw`(?:(?:var|let|const)\s[^;{}]*;\s*|if\s*\([^{}]*\{[^{}]*\}\s*)*`;
  const parameters = String.raw`(?:[\w$]+|\((?:(?!=>|\)\s*\{)[^])*?\))\s*`;
  const ofArrow = String.raw`^${parameters}=>\s*`;
  const ofBody = String.raw`^[^(){}]*${parameters}(?:=>)?\s*\{\s*${variables}return\s+`;
  return new RegExp(`(?:${ofArrow}|${ofBody})${call}`);
}
