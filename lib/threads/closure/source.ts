import type { Identifier, Node } from "acorn";
import { textOf } from "../codec/intrinsics.ts";
import { Cache } from "./cache.ts";
import { type ClassShape, shapeOf } from "./class-shape.ts";
import { findFreeVariables, type FreeVariables } from "./free-variables.ts";
import { type FunctionNode, type ParsedSource, parseSource } from "./parse.ts";

/** All that can be known of a function from its text. Cached by text. */
export interface FunctionSource {
  /** One for each text. */
  readonly id: number;
  readonly text: string;
  readonly isStrict: boolean;
  readonly isClass: boolean;
  /** Of a class. */
  readonly shape: ClassShape | undefined;
  /** How many parameters it says that it has. */
  readonly length: number;
  readonly free: FreeVariables;
  readonly expression: string;
  readonly member: "m" | undefined;
  readonly importName: string | undefined;
  /** The function's own name, if it replaces itself under it, as the counters of coverage tools do. */
  readonly counter: string | undefined;
  /** The name by which a class gets its base class. */
  readonly heritage: string | undefined;
  /** What its text calls the base class. */
  readonly baseName: string | undefined;
  /** From the start of `expression` to where the engine says that the function is. */
  readonly anchor: Distance;
  /** The same from the start of `text`. */
  readonly textAnchor: Distance;
}

interface Distance {
  readonly lines: number;
  readonly columns: number;
}

let nextId = 0;
const strictSources = new Cache<string, FunctionSource | undefined>(5_000);
const sloppySources = new Cache<string, FunctionSource | undefined>(5_000);

/** Undefined when the text is no JavaScript by itself. */
export function sourceOf(fn: object): FunctionSource | undefined {
  const text = textOf(fn);
  if (isKnownSloppy(fn)) return sloppySources.get(text, () => understand(text, false));
  return strictSources.get(text, () => understandEither(text));
}

/**
 * Only ordinary functions tell whether they are sloppy: reading `caller` of a strict one throws. The others are
 * taken for strict, as all modules and classes are, unless their text is valid in sloppy mode only.
 */
function isKnownSloppy(fn: object): boolean {
  if (!Object.hasOwn(fn, "prototype")) return false;
  try {
    void (fn as { caller?: unknown }).caller;
    return true;
  } catch {
    return false;
  }
}

function understandEither(text: string): FunctionSource | undefined {
  return understand(text, true) ?? understand(text, false);
}

function understand(text: string, isStrict: boolean): FunctionSource | undefined {
  const parsed = parseSource(text, isStrict);
  if (parsed === undefined) return undefined;
  const { node } = parsed;
  const free = findFreeVariables(node, isStrict);
  const importName = free.dynamicImports.length === 0 ? undefined : unusedName(text, "$imp");
  const base = baseOf(parsed);
  // A variable of that name may have another class by now.
  const isOnlyBase = base?.name !== undefined && !free.uses.has(base.name);
  const heritage = base && (isOnlyBase ? base.name : unusedName(text, "$bas"));
  const counter = counterOf(node, free);
  const body = edited(text, [
    ...(counter === undefined ? [] : [{ ...range(counter, parsed.offset), text: "" }]),
    ...free.dynamicImports.map((position) => ({
      start: position - parsed.offset,
      end: position - parsed.offset + "import".length,
      text: importName ?? "",
    })),
    ...(base === undefined ? [] : [{ ...base, text: heritage ?? "" }]),
  ]);
  const isMethod = parsed.methodStart !== undefined;
  const textAnchor = distance(text, parsed.anchor);
  const head = isMethod && node.type === "FunctionExpression" ? methodHead(node) : "";
  return {
    id: nextId++,
    text,
    isStrict,
    isClass: node.type === "ClassExpression",
    shape: node.type === "ClassExpression" ? shapeOf(node, text, parsed.offset) : undefined,
    length: lengthOf(node),
    free,
    expression: isMethod ? `({${head}${body.slice(parsed.methodStart)}})` : body,
    member: isMethod ? "m" : undefined,
    importName,
    counter: counter?.name,
    heritage,
    baseName: base?.name,
    anchor: isMethod ? { lines: 0, columns: head.length + 2 } : textAnchor,
    textAnchor,
  };
}

/** The name of a method may be an expression or private; it is shipped under another. */
function methodHead(node: { readonly async: boolean; readonly generator: boolean }): string {
  return `${node.async ? "async " : ""}${node.generator ? "*" : ""}m`;
}

function distance(text: string, to: number): Distance {
  const lines = text.slice(0, to).split("\n");
  return { lines: lines.length - 1, columns: lines.at(-1)?.length ?? 0 };
}

/** As long as `import`, so that columns in stack traces stay right. */
function unusedName(text: string, start: string): string {
  for (let number = 0; ; number++) {
    const name = `${start}${number.toString(36).padStart(2, "0")}`;
    if (!text.includes(name)) return name;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces pieces of `text`; what is replaced keeps its length where it can. */
function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const edit of edits.toSorted((one, other) => other.start - one.start)) {
    const padding = " ".repeat(Math.max(0, edit.end - edit.start - edit.text.length));
    result = result.slice(0, edit.start) + edit.text + padding + result.slice(edit.end);
  }
  return result;
}

/**
 * Istanbul puts `function cov_1a2b() { … cov_1a2b = function () { … }; … }` into every module. Only of such a name
 * it is known that the write may stay in the worker.
 */
function counterOf(node: FunctionNode, { uses }: FreeVariables): Identifier | undefined {
  const id = node.type === "FunctionExpression" ? node.id : undefined;
  if (id == null || !/^cov_[0-9a-z]+$/.test(id.name)) return undefined;
  return uses.get(id.name)?.isAssigned === true ? id : undefined;
}

function range(node: Node, offset: number): { readonly start: number; readonly end: number } {
  return { start: node.start - offset, end: node.end - offset };
}

/** What a class extends: its place in the text, and its name if it is one. */
function baseOf({
  node,
  offset,
}: ParsedSource):
  | { readonly start: number; readonly end: number; readonly name: string | undefined }
  | undefined {
  if (node.type !== "ClassExpression" || node.superClass == null) return undefined;
  const { superClass } = node;
  if (superClass.type === "Literal") return undefined;
  const name = superClass.type === "Identifier" ? superClass.name : undefined;
  // Parentheses around it are not part of it, and stay.
  return { ...range(superClass, offset), name };
}

/** Parameters before the first one that has a default, or is the rest. */
function lengthOf(node: FunctionNode): number {
  if (node.type === "ClassExpression") return 0;
  const optional = node.params.findIndex(
    ({ type }) => type === "AssignmentPattern" || type === "RestElement",
  );
  return optional === -1 ? node.params.length : optional;
}
