import { type AnyNode, type Expression, parse, type Program } from "acorn";
import { quietly } from "../codec/node-code.ts";
import { childNodes } from "./declarations.ts";
import { isImportable } from "./importable.ts";
import { specifiersOf } from "./module-graph.ts";
import { textOfModule } from "./module-text.ts";
import { destinationOf } from "./specifier.ts";

/** Larger programs are not looked through; what is beyond counts as unsafe. */
const MOST_MODULES = 200;

/** What is called to begin something rather than to make a value. */
const STARTERS =
  /^(listen|serve|createServer|connect|start|run|main|boot|bootstrap|launch|fork|spawn|exec|execFile|execSync|spawnSync|setInterval|setTimeout|setImmediate|on|once|subscribe|watch|schedule|taskGroup|openTaskGroup|runInThreadpool|resolveDependencies|exit)$/;
const RUNNERS = /^(Worker|WebSocket|BroadcastChannel|Server|Threadpool|Function)$/;

const known = new Map<string, boolean>();

/**
 * Whether a worker may run the module at `url` for what it exports: it and all modules of the program that it imports
 * declare things and make values, and start nothing. Packages may do what they like, for they are made to be imported.
 */
export function isSafeToImport(url: string): boolean {
  const modules = new Set([url]);
  // A Set iterates over what is added meanwhile.
  for (const module of modules) {
    if (modules.size > MOST_MODULES || !isSafe(module)) return false;
    for (const specifier of specifiersOf(module)) {
      const destination = destinationOf(module, specifier);
      if (destination.kind === "unknown") return false;
      if (destination.kind === "own") modules.add(destination.url);
    }
  }
  return true;
}

function isSafe(url: string): boolean {
  let safe = known.get(url);
  if (safe === undefined) known.set(url, (safe = url.endsWith(".json") || judge(url)));
  return safe;
}

function judge(url: string): boolean {
  if (!isImportable(url)) return false;
  const program = parseModule(textOfModule(url), url);
  return program?.body.every(isSafeStatement) === true;
}

function parseModule(text: string, url: string): Program | undefined {
  const code = /\.[cm]?tsx?$/.test(url) ? withoutTypes(text) : text;
  if (code === undefined) return undefined;
  const options = { ecmaVersion: "latest", allowHashBang: true } as const;
  return (
    attempt(() => parse(code, { ...options, sourceType: "module" })) ??
    attempt(() =>
      parse(code, { ...options, sourceType: "script", allowReturnOutsideFunction: true }),
    )
  );
}

/** By Node's own means where it has some; it warns that they are new, which is none of the program's business. */
function withoutTypes(text: string): string | undefined {
  const { stripTypeScriptTypes } = process.getBuiltinModule("node:module") as {
    stripTypeScriptTypes?: (code: string) => string;
  };
  if (stripTypeScriptTypes === undefined) return undefined;
  let code: string | undefined;
  quietly(() => {
    code = stripTypeScriptTypes(text);
  });
  return code;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function isSafeStatement(node: AnyNode): boolean {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "FunctionDeclaration":
    case "EmptyStatement":
      return true;
    case "ExportNamedDeclaration":
      return node.declaration == null || isSafeStatement(node.declaration);
    case "ExportDefaultDeclaration":
      return isQuiet(node.declaration);
    case "ClassDeclaration":
      return isQuiet(node);
    case "VariableDeclaration":
      return node.declarations.every(({ init }) => init == null || isQuiet(init));
    case "ExpressionStatement":
      return isSafeExpression(node.expression);
    default:
      return false;
  }
}

/** A directive, a declaration for threads, or what compilers write: assignments to exports, and definitions of them. */
function isSafeExpression(node: Expression): boolean {
  if (node.type === "Literal") return true;
  if (node.type === "AssignmentExpression") return isQuiet(node.right);
  if (node.type !== "CallExpression") return false;
  const name = calledName(node.callee);
  if (name === "threaded" || name === "threadContext") return node.arguments.every(isQuiet);
  return name === "defineProperty" || name === "__exportStar" || name === "__export";
}

/** Whether evaluating `node` starts nothing, as far as the names of what it calls tell. */
function isQuiet(node: AnyNode): boolean {
  switch (node.type) {
    case "FunctionExpression":
    case "FunctionDeclaration":
    case "ArrowFunctionExpression":
      return true;
    case "AwaitExpression":
      return false;
    case "CallExpression":
      if (isFunctionNode(node.callee) || STARTERS.test(calledName(node.callee))) return false;
      break;
    case "NewExpression":
      if (RUNNERS.test(calledName(node.callee))) return false;
      break;
    case "MethodDefinition":
      return node.computed ? isQuiet(node.key) : true;
    case "PropertyDefinition":
      if (!node.static) return true;
      break;
    case "StaticBlock":
      return node.body.every(isSafeStatement);
  }
  for (const child of childNodes(node)) if (!isQuiet(child)) return false;
  return true;
}

function isFunctionNode({ type }: AnyNode): boolean {
  return type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

function calledName(callee: AnyNode): string {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return "";
  return callee.property.name;
}
