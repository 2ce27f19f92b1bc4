// Which scopes are at hand in a function, and where an expression speaks of one.

import { bodyOf, isFunction, isScopeKind, kindOf, withoutDefault } from "./kinds.js";
import { bare, constantOf, definitionOf, keyOf, variableOf } from "./names.js";

/**
 * @typedef {import("./names.js").Node} Node
 * @typedef {import("./names.js").SourceCode} SourceCode
 * @typedef {object} OwnScope
 * @property {Node} name - the identifier: of the scope, or of its signal
 * @property {boolean} isSignal
 */

/**
 * The function, or the program, that this stands in.
 *
 * @type {(node: Node) => Node}
 */
export function functionAround(node) {
  let around = node.parent;
  while (around.parent && !isFunction(around)) around = around.parent;
  return around;
}

/**
 * The parameter by which a function gets its scope.
 *
 * @type {(fn: Node, sourceCode: SourceCode) => OwnScope | undefined}
 */
export function ownScope(fn, sourceCode) {
  if (!isFunction(fn)) return undefined;
  const body = bodyOf(fn, sourceCode);
  const parameters = body ? [fn.params[body.parameter]] : fn.params;
  for (const parameter of parameters) {
    const pattern = withoutDefault(parameter);
    if (pattern?.type === "ObjectPattern" && body) {
      const name = signalOf(pattern);
      if (name) return { name, isSignal: true };
    }
    // A name that begins with an underscore says that it is left out on purpose.
    const named = pattern?.type === "Identifier" && !pattern.name.startsWith("_");
    if (named && isScopeKind(kindOf(pattern, sourceCode)))
      return { name: pattern, isSignal: false };
  }
  return undefined;
}

/**
 * `signal` of `{ signal }`, under whatever name.
 *
 * @type {(pattern: Node) => Node | undefined}
 */
function signalOf(pattern) {
  const property = pattern.properties.find(
    (/** @type {Node} */ one) => one.type === "Property" && keyOf(one) === "signal",
  );
  const name = withoutDefault(property?.value);
  return name?.type === "Identifier" ? name : undefined;
}

/**
 * The scope for a place that takes one.
 *
 * @type {(scope: OwnScope) => string}
 */
export function textOfScope({ name, isSignal }) {
  if (!isSignal) return name.name;
  return name.name === "signal" ? "{ signal }" : `{ signal: ${name.name} }`;
}

/**
 * The property for options that take a scope.
 *
 * @type {(scope: OwnScope) => string}
 */
export function textOfOption({ name, isSignal }) {
  if (!isSignal) return name.name === "scope" ? "scope" : `scope: ${name.name}`;
  return name.name === "signal" ? "signal" : `signal: ${name.name}`;
}

/**
 * The property for options that take a signal.
 *
 * @type {(scope: OwnScope) => string}
 */
export function textOfSignal(scope) {
  return scope.isSignal ? textOfOption(scope) : `signal: ${scope.name.name}.signal`;
}

/**
 * The identifier of the scope that a value is, or whose signal it is.
 *
 * @type {(node: Node, sourceCode: SourceCode) => Node | undefined}
 */
export function scopeIn(node, sourceCode) {
  const inner = bare(node);
  if (inner?.type === "Identifier") {
    if (isScopeKind(kindOf(inner, sourceCode))) return inner;
    return isSignalOfScope(inner, sourceCode) ? inner : undefined;
  }
  if (inner?.type === "MemberExpression" && keyOf(inner) === "signal") {
    const object = bare(inner.object);
    return isScopeKind(kindOf(object, sourceCode)) && object.type === "Identifier"
      ? object
      : undefined;
  }
  return undefined;
}

/** @type {(identifier: Node, sourceCode: SourceCode) => boolean} */
function isSignalOfScope(identifier, sourceCode) {
  const definition = definitionOf(variableOf(identifier, sourceCode));
  if (definition?.type === "Parameter") {
    const own = ownScope(definition.node, sourceCode);
    return own?.isSignal === true && own.name === definition.name;
  }
  const value = bare(constantOf(definition));
  if (value) return value.type === "MemberExpression" && scopeIn(value, sourceCode) !== undefined;
  if (definition?.type !== "Variable" || definition.node.id.type !== "ObjectPattern") return false;
  return (
    signalOf(definition.node.id) === definition.name &&
    isScopeKind(kindOf(definition.node.init, sourceCode))
  );
}

/**
 * The function that a scope belongs to, or the program.
 *
 * @type {(identifier: Node, sourceCode: SourceCode) => Node | undefined}
 */
export function ownerOf(identifier, sourceCode) {
  const definition = definitionOf(variableOf(identifier, sourceCode));
  if (!definition) return undefined;
  return definition.type === "Parameter" ? definition.node : functionAround(definition.name);
}

/**
 * Every node below, without those of functions inside, and of what is to be left out.
 *
 * @param {Node} node
 * @param {SourceCode} sourceCode
 * @param {(node: Node) => boolean} [leftOut]
 * @returns {Generator<Node>}
 */
export function* nodesOf(node, sourceCode, leftOut = () => false) {
  if (leftOut(node)) return;
  yield node;
  for (const key of sourceCode.visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) {
      if (child && !isFunction(child)) yield* nodesOf(child, sourceCode, leftOut);
    }
  }
}

/**
 * Where this expression names a scope or its signal, functions inside left out, and what else is to be.
 *
 * @type {(node: Node, sourceCode: SourceCode, leftOut: (node: Node) => boolean) => Node[]}
 */
export function scopesNamedIn(node, sourceCode, leftOut) {
  const named = [];
  for (const inner of nodesOf(node, sourceCode, leftOut)) {
    if (inner.type === "Identifier" && isReference(inner) && scopeIn(inner, sourceCode)) {
      named.push(inner);
    }
  }
  return named;
}

/** @type {(identifier: Node) => boolean} */
function isReference({ parent, ...identifier }) {
  if (parent.type === "MemberExpression")
    return parent.computed || parent.object.range[0] === identifier.range[0];
  if (parent.type === "Property")
    return parent.computed || parent.value.range[0] === identifier.range[0];
  return true;
}
