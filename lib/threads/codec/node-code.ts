import * as types from "node:util/types";
import { textOf } from "./intrinsics.ts";
import { functionName } from "./own-data.ts";

/** Native code says its name, which nobody can give to a function of his own. Bound functions and proxies have none. */
export function isNative(fn: object): boolean {
  return /^function [^\s(].*\{\s*\[native code\]\s*\}$/.test(textOf(fn));
}

/** Shorter texts, such as `() => {}`, are found everywhere; those of the second kind in more than one module. */
const TELLING_AT_HOME = 30;
const TELLING = 60;

/** Modules that export functions which Node has bound. */
const BINDING = /^node:(console|dns|path)/;

const verdicts = new WeakMap<object, boolean>();

/**
 * Whether a function that was found at a place of Node's is Node's own, and not one that the program has put there.
 * Node's sources are in its binary: the text of a function of its own is found in them.
 *
 * @param home - the module where it was found, to look there first
 * @param key - the name under which it was found
 */
export function isOfNode(fn: object, home: string, key: string): boolean {
  let verdict = verdicts.get(fn);
  if (verdict === undefined) verdicts.set(fn, (verdict = judge(fn, home, key)));
  return verdict;
}

function judge(fn: object, home: string, key: string): boolean {
  if (types.isProxy(fn)) return false;
  const text = textOf(fn);
  const name = functionName(fn);
  if (text.endsWith("{ [native code] }")) {
    return isNative(fn) || !name.startsWith("bound ") || BINDING.test(home);
  }
  const sources = nodeSources();
  if (sources === undefined) return name === key;
  const isTelling = text.length >= TELLING || isDeclaration(text);
  if (name === "" && text.length < TELLING_AT_HOME) return false;
  const said = isTelling ? text : `${name} = ${text}`;
  const atHome = sources[home.replace(/^node:/, "")];
  if (typeof atHome === "string") {
    if (atHome.includes(said)) return true;
    if (text.length >= TELLING_AT_HOME && atHome.includes(text)) return true;
  }
  return Object.values(sources).some(
    (source) => typeof source === "string" && source.includes(said),
  );
}

/** Whether the text of a function has its name. */
function isDeclaration(text: string): boolean {
  return /^(async )?((function\*?|class) [\w$]+|(?!function\b|async\b)[\w$]+\s*\()/.test(text);
}

let sources: Readonly<Record<string, unknown>> | undefined;
let wereSought = false;

/** Undefined where there are none: in other runtimes, and where the process may not look into itself. */
function nodeSources(): Readonly<Record<string, unknown>> | undefined {
  if (wereSought) return sources;
  wereSought = true;
  quietly(() => {
    const { binding } = process as { binding?: (name: string) => unknown };
    sources = binding?.call(process, "natives") as typeof sources;
  });
  return sources;
}

/** Runs what may warn, or fail, merely by looking. */
export function quietly(look: () => void): void {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning") ?? {};
  try {
    Object.defineProperty(process, "emitWarning", { ...before, value: () => {} });
    look();
  } catch {
    // Then there is nothing to see.
  } finally {
    Object.defineProperty(process, "emitWarning", before);
  }
}
