import { textOf } from "./intrinsics.ts";
import { functionName } from "./own-data.ts";

/** Native code says its name, which nobody can give to a function of his own. Bound functions and proxies have none. */
export function isNative(fn: object): boolean {
  return /^function [^\s(].*\{\s*\[native code\]\s*\}$/.test(textOf(fn));
}

/** Shorter texts, such as `() => {}`, are found everywhere. */
const TELLING = 60;

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
  const text = textOf(fn);
  if (text.endsWith("{ [native code] }")) {
    // The methods of the console are bound, under the names that they have.
    return isNative(fn) || (home === "node:console" && functionName(fn) === key);
  }
  const sources = nodeSources();
  if (sources === undefined) return functionName(fn) === key;
  if (text.length < TELLING && !isDeclaration(text)) return false;
  const first = sources[home.replace(/^node:/, "")];
  if (typeof first === "string" && first.includes(text)) return true;
  return Object.values(sources).some(
    (source) => typeof source === "string" && source.includes(text),
  );
}

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
