import type { AnyNode, Pattern } from "acorn";

/** The names that a pattern binds. */
export function namesOf(pattern: Pattern | null | undefined, into: Set<string>): void {
  if (pattern == null) return;
  switch (pattern.type) {
    case "Identifier":
      into.add(pattern.name);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        namesOf(property.type === "RestElement" ? property.argument : property.value, into);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) namesOf(element, into);
      return;
    case "AssignmentPattern":
      return namesOf(pattern.left, into);
    case "RestElement":
      return namesOf(pattern.argument, into);
  }
}

/** The names of `let`, `const`, `using`, classes and functions that are declared directly in `statements`. */
export function lexicalNames(statements: readonly AnyNode[]): Set<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    const declared = statement.type === "LabeledStatement" ? statement.body : statement;
    if (declared.type === "VariableDeclaration" && declared.kind !== "var") {
      for (const declarator of declared.declarations) namesOf(declarator.id, names);
    } else if (declared.type === "FunctionDeclaration" || declared.type === "ClassDeclaration") {
      namesOf(declared.id, names);
    }
  }
  return names;
}

/**
 * The names that `var` declares anywhere in `body`, nested functions excepted; in sloppy code also those of
 * functions in blocks, unless a block on the way declares the same name (Annex B.3.3 of the language).
 */
export function hoistedNames(body: readonly AnyNode[], isStrict: boolean): Set<string> {
  const names = new Set<string>();
  for (const statement of body) hoist(statement, names, isStrict, []);
  return names;
}

function hoist(
  node: AnyNode,
  names: Set<string>,
  isStrict: boolean,
  blocks: readonly ReadonlySet<string>[],
): void {
  switch (node.type) {
    case "VariableDeclaration":
      if (node.kind === "var") for (const { id } of node.declarations) namesOf(id, names);
      return;
    case "FunctionDeclaration": {
      const isHoisted = !isStrict && !node.async && !node.generator && blocks.length > 0;
      const name = node.id?.name;
      // The innermost block holds the function itself.
      const isShadowed = blocks.slice(0, -1).some((block) => name !== undefined && block.has(name));
      if (isHoisted && name !== undefined && !isShadowed) names.add(name);
      return;
    }
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "ClassDeclaration":
    case "ClassExpression":
      return;
  }
  const inner = withBlock(node, blocks);
  for (const child of childNodes(node)) hoist(child, names, isStrict, inner);
}

function withBlock(
  node: AnyNode,
  blocks: readonly ReadonlySet<string>[],
): readonly ReadonlySet<string>[] {
  if (node.type === "BlockStatement") return [...blocks, lexicalNames(node.body)];
  if (node.type === "SwitchStatement") {
    return [...blocks, lexicalNames(node.cases.flatMap((one) => one.consequent))];
  }
  const head = "init" in node ? node.init : "left" in node ? node.left : undefined;
  if (head != null && (head as AnyNode).type === "VariableDeclaration") {
    return [...blocks, lexicalNames([head as AnyNode])];
  }
  return blocks;
}

/** All nodes directly inside `node`, in the order of the text. */
export function* childNodes(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) {
      yield value;
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as AnyNode).type === "string";
}
