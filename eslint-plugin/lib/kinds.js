// What a value of a program is, as far as its text tells for sure: a scope, a group, a lock, an end of a channel.

import {
  bare,
  constantOf,
  definitionOf,
  isConstant,
  keyOf,
  originOf,
  outermost,
  variableOf,
} from "./names.js";

/**
 * @typedef {import("./names.js").Node} Node
 * @typedef {import("./names.js").SourceCode} SourceCode
 * @typedef {object} Body - a function that gets a scope
 * @property {number} parameter - which of its parameters is the scope
 * @property {string} kind
 * @property {string} by - who calls it
 */

const scopeKinds = new Set([
  "CancelScope",
  "OpenTaskGroup",
  "ProviderContext",
  "TaskGroup",
  "TaskScope",
  "ScopeLike",
]);
const kindsOfClasses = new Set([
  "CapacityLimiter",
  "Condition",
  "Event",
  "Lock",
  "RateLimiter",
  "Semaphore",
  "Threadpool",
]);
const kindsOfTypes = new Set([
  ...scopeKinds,
  ...kindsOfClasses,
  "Executor",
  "Limiter",
  "HoldingExecutor",
  "NamedFunction",
  "Occurring",
  "Plan",
  "Program",
  "ReceiveChannel",
  "SendChannel",
  "ThreadedFunction",
]);

/** @type {Record<string, string>} */
const kindsOfResults = {
  compileDependencies: "Plan",
  defaultThreadpool: "Threadpool",
  openTaskGroup: "OpenTaskGroup",
  threaded: "ThreadedFunction",
};

/**
 * Which argument of a function is the body, and which parameter of that is the scope.
 *
 * @type {Record<string, [argument: number, parameter: number, kind: string]>}
 */
const functionsWithBody = {
  all: [0, 0, "TaskScope"],
  allSettled: [0, 0, "TaskScope"],
  any: [0, 0, "TaskScope"],
  cancelScope: [0, 0, "CancelScope"],
  failAfter: [1, 0, "CancelScope"],
  hedge: [0, 0, "TaskScope"],
  inline: [-1, 1, "ProviderContext"],
  main: [0, 0, "TaskGroup"],
  mapConcurrent: [1, 1, "TaskScope"],
  moveOnAfter: [1, 0, "CancelScope"],
  provide: [-1, 1, "ProviderContext"],
  race: [0, 0, "TaskScope"],
  retry: [0, 0, "TaskScope"],
  shield: [0, 0, "CancelScope"],
  spawn: [0, 0, "TaskScope"],
  streamConcurrent: [1, 1, "TaskScope"],
  taskGroup: [0, 0, "TaskGroup"],
};

/**
 * The same for methods, whose body is the first argument, and the scope its first parameter.
 *
 * @type {Record<string, Record<string, string>>}
 */
const methodsWithBody = {
  Condition: { with: "CancelScope" },
  Lock: { with: "CancelScope" },
  OpenTaskGroup: {
    background: "TaskScope",
    defer: "CancelScope",
    spawn: "TaskScope",
    start: "TaskScope",
  },
  Program: { untilDraining: "CancelScope" },
  TaskGroup: {
    background: "TaskScope",
    defer: "CancelScope",
    spawn: "TaskScope",
    start: "TaskScope",
  },
};

/** @type {(kind: string | undefined) => boolean} */
export function isScopeKind(kind) {
  return kind !== undefined && scopeKinds.has(kind);
}

/** @type {(node: Node) => boolean} */
export function isFunction(node) {
  return (
    node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionExpression" ||
    node.type === "FunctionDeclaration"
  );
}

/**
 * The name of an export of skein that this stands for.
 *
 * @type {(node: Node, sourceCode: SourceCode) => string | undefined}
 */
export function skeinName(node, sourceCode) {
  const origin = originOf(node, sourceCode);
  return origin?.from === "skein" || origin?.from === "skein/ambient" ? origin.name : undefined;
}

/** @type {(node: Node, sourceCode: SourceCode) => boolean} */
export function isAmbient(node, sourceCode) {
  return originOf(node, sourceCode)?.from === "skein/ambient";
}

/** @type {(node: Node, sourceCode: SourceCode) => string | undefined} */
export function kindOf(node, sourceCode) {
  const inner = bare(node);
  switch (inner?.type) {
    case "Identifier":
      return kindOfVariable(inner, sourceCode);
    case "MemberExpression":
      return kindOfMember(inner, sourceCode);
    case "NewExpression": {
      const name = skeinName(inner.callee, sourceCode);
      return name !== undefined && kindsOfClasses.has(name) ? name : undefined;
    }
    case "CallExpression":
      return kindOfResult(inner, sourceCode);
    default:
      return undefined;
  }
}

/** @type {(member: Node, sourceCode: SourceCode) => string | undefined} */
function kindOfMember(member, sourceCode) {
  const key = keyOf(member);
  if (key !== "group" && key !== "scope") return undefined;
  const kind = kindOf(member.object, sourceCode);
  if (key === "group" && kind === "TaskScope") return "TaskGroup";
  if (key === "scope" && kind === "ProviderContext") return "CancelScope";
  return undefined;
}

/** @type {(call: Node, sourceCode: SourceCode) => string | undefined} */
function kindOfResult({ callee }, sourceCode) {
  const name = skeinName(callee, sourceCode);
  if (name !== undefined && Object.hasOwn(kindsOfResults, name)) return kindsOfResults[name];
  if (name !== undefined || bare(callee).type !== "MemberExpression") return undefined;
  if (keyOf(bare(callee)) !== "clone") return undefined;
  const kind = kindOf(bare(callee).object, sourceCode);
  return kind === "SendChannel" || kind === "ReceiveChannel" ? kind : undefined;
}

/** @type {(identifier: Node, sourceCode: SourceCode) => string | undefined} */
function kindOfVariable(identifier, sourceCode) {
  const definition = definitionOf(variableOf(identifier, sourceCode));
  if (!definition) return undefined;
  const annotated = kindOfAnnotation(definition.name, sourceCode);
  if (annotated !== undefined) return annotated;
  if (definition.type === "Parameter") return kindOfParameter(definition, sourceCode);
  const value = constantOf(definition);
  if (value) return kindOf(value, sourceCode);
  return definition.type === "Variable" ? kindOfChannelEnd(definition, sourceCode) : undefined;
}

/** @type {(pattern: Node, sourceCode: SourceCode) => string | undefined} */
function kindOfAnnotation(pattern, sourceCode) {
  const type = pattern.typeAnnotation?.typeAnnotation;
  if (type?.type !== "TSTypeReference") return undefined;
  const name = skeinName(type.typeName, sourceCode);
  if (name === "NamedFunction") return "ThreadedFunction";
  return name !== undefined && kindsOfTypes.has(name) ? name : undefined;
}

/** @type {(definition: any, sourceCode: SourceCode) => string | undefined} */
function kindOfParameter({ node, name }, sourceCode) {
  const at = node.params.findIndex((/** @type {Node} */ one) => withoutDefault(one) === name);
  const body = bodyOf(node, sourceCode);
  if (!body) return undefined;
  if (body.parameter === at) return body.kind;
  return body.by === "main" && at === 1 ? "Program" : undefined;
}

/**
 * `const [send, receive] = openChannel()`.
 *
 * @type {(definition: any, sourceCode: SourceCode) => string | undefined}
 */
function kindOfChannelEnd(definition, sourceCode) {
  const { id, init } = definition.node;
  if (id.type !== "ArrayPattern" || !isConstant(definition)) return undefined;
  const call = bare(init);
  if (call?.type !== "CallExpression") return undefined;
  if (skeinName(call.callee, sourceCode) !== "openChannel") return undefined;
  return ["SendChannel", "ReceiveChannel"][id.elements.indexOf(definition.name)];
}

/** @type {(parameter: Node | undefined) => Node | undefined} */
export function withoutDefault(parameter) {
  return parameter?.type === "AssignmentPattern" ? parameter.left : parameter;
}

/**
 * What this function is to skein: the body of a scope, of a group, of a task; nothing of this, for all that is known.
 *
 * @type {(fn: Node, sourceCode: SourceCode) => Body | undefined}
 */
export function bodyOf(fn, sourceCode) {
  const direct = bodyAt(fn, sourceCode);
  if (direct) return direct;
  const name = nameOfFunction(fn);
  const variable = name && variableOf(name, sourceCode);
  if (!variable || variable.defs.length !== 1) return undefined;
  for (const { identifier } of variable.references) {
    const body = identifier === name ? undefined : bodyAt(identifier, sourceCode);
    if (body) return body;
  }
  return undefined;
}

/** @type {(fn: Node) => Node | undefined} */
function nameOfFunction(fn) {
  if (fn.type === "FunctionDeclaration") return fn.id;
  const { parent } = outermost(fn);
  const named = parent.type === "VariableDeclarator" && parent.parent.kind === "const";
  return named && parent.id.type === "Identifier" ? parent.id : undefined;
}

/**
 * What the call makes of it in whose arguments this expression stands.
 *
 * @type {(node: Node, sourceCode: SourceCode) => Body | undefined}
 */
function bodyAt(node, sourceCode) {
  let argument = outermost(node);
  const inArray = argument.parent.type === "ArrayExpression";
  if (inArray) argument = outermost(argument.parent);
  const call = argument.parent;
  if (call.type !== "CallExpression") return undefined;
  const at = call.arguments.indexOf(argument);
  if (at === -1) return undefined;
  return bodyOfMethod(call, at, sourceCode) ?? bodyOfFunction(call, at, inArray, sourceCode);
}

/** @type {(call: Node, at: number, sourceCode: SourceCode) => Body | undefined} */
function bodyOfMethod({ callee }, at, sourceCode) {
  const method = bare(callee);
  const name = method.type === "MemberExpression" ? keyOf(method) : undefined;
  if (at !== 0 || name === undefined) return undefined;
  const kind = kindOf(method.object, sourceCode);
  const given = kind === undefined ? undefined : methodsWithBody[kind]?.[name];
  return given === undefined ? undefined : { parameter: 0, kind: given, by: name };
}

/** @type {(call: Node, at: number, inArray: boolean, sourceCode: SourceCode) => Body | undefined} */
function bodyOfFunction(call, at, inArray, sourceCode) {
  const name = skeinName(calledBy(call), sourceCode);
  if (name === undefined || !Object.hasOwn(functionsWithBody, name)) return undefined;
  const [argument, parameter, kind] = functionsWithBody[name] ?? [];
  if (argument === undefined || parameter === undefined || kind === undefined) return undefined;
  const takesArray = ["all", "allSettled", "any", "race"].includes(name);
  if (inArray !== takesArray) return undefined;
  const fits = argument === -1 ? at <= 1 : at === argument;
  return fits ? { parameter, kind, by: name } : undefined;
}

/**
 * `provide` of both `provide(…)` and `provide.in(…)(…)`.
 *
 * @type {(call: Node) => Node}
 */
function calledBy({ callee }) {
  const inner = bare(callee);
  if (inner.type !== "CallExpression") return inner;
  const member = bare(inner.callee);
  return member.type === "MemberExpression" && keyOf(member) === "in" ? member.object : inner;
}
