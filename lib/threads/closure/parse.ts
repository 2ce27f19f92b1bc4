import {
  type ArrowFunctionExpression,
  type ClassExpression,
  type Expression,
  type FunctionExpression,
  type Options,
  type Program,
  parse,
} from "acorn";

export type FunctionNode = FunctionExpression | ArrowFunctionExpression | ClassExpression;

/** The text that `Function.prototype.toString` gives, understood. Positions in `node` count from `offset`. */
export interface ParsedSource {
  readonly node: FunctionNode;
  readonly offset: number;
  /** Where the engine says that the function is, as an index into the text. */
  readonly anchor: number;
  /** Methods and accessors are not expressions; this is where their name ends and their parameters begin. */
  readonly methodStart: number | undefined;
}

const OPTIONS: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  // What is refused should be refused by its own name, not as a syntax error.
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
};

/** The surroundings in which each form of function text is valid. */
const FORMS = [
  ["(", ")", "expression"],
  ["({", "})", "object"],
  ["(class{", "})", "class"],
] as const;

/** Undefined when the text is not JavaScript by itself: native code, decorators. */
export function parseSource(source: string, isStrict: boolean): ParsedSource | undefined {
  for (const [before, after, form] of FORMS) {
    const prefix = `${isStrict ? '"use strict";' : ""}(function(){return ${before}`;
    const program = tryParse(`${prefix}${source}\n${after}})`);
    if (program === undefined) continue;
    const parsed = findFunction(program, form, source, prefix.length);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

function tryParse(text: string): Program | undefined {
  try {
    return parse(text, OPTIONS);
  } catch (error) {
    // The parser itself is forbidden.
    if (error instanceof EvalError) throw error;
    return undefined;
  }
}

function findFunction(
  program: Program,
  form: (typeof FORMS)[number][2],
  source: string,
  offset: number,
): ParsedSource | undefined {
  const node = returned(program);
  if (node === undefined) return undefined;
  if (form === "expression") return expressionSource(node, source, offset);
  const method = node.type === "ObjectExpression" ? node.properties[0] : methodOfClass(node);
  const value = method !== undefined && "value" in method ? method.value : undefined;
  if (value?.type !== "FunctionExpression") return undefined;
  const methodStart = value.start - offset;
  return { node: value, offset, anchor: methodStart, methodStart };
}

function expressionSource(
  node: Expression,
  source: string,
  offset: number,
): ParsedSource | undefined {
  const isWhole = node.start === offset && node.end === offset + source.length;
  if (!isWhole) return undefined;
  if (node.type === "ArrowFunctionExpression") {
    return { node, offset, anchor: 0, methodStart: undefined };
  }
  if (node.type === "FunctionExpression") {
    const nameEnd = node.id == null ? 0 : node.id.end - offset;
    return { node, offset, anchor: source.indexOf("(", nameEnd), methodStart: undefined };
  }
  if (node.type !== "ClassExpression") return undefined;
  const maker = node.body.body.find(
    (member) => member.type === "MethodDefinition" && member.kind === "constructor",
  );
  const anchor =
    maker !== undefined && "value" in maker && maker.value != null ? maker.value.start - offset : 0;
  return { node, offset, anchor, methodStart: undefined };
}

function returned(program: Program): Expression | undefined {
  const statement = program.body.at(-1);
  if (statement?.type !== "ExpressionStatement") return undefined;
  const wrapper = statement.expression;
  if (wrapper.type !== "FunctionExpression") return undefined;
  const body = wrapper.body.body[0];
  return body?.type === "ReturnStatement" ? (body.argument ?? undefined) : undefined;
}

function methodOfClass(node: Expression):
  | ({ readonly value?: unknown; readonly type: string } & {
      readonly value?: FunctionExpression;
    })
  | undefined {
  if (node.type !== "ClassExpression") return undefined;
  const member = node.body.body[0];
  return member?.type === "MethodDefinition" ? member : undefined;
}
