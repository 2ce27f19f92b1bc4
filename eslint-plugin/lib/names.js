// What a name of a program stands for: which export of which module, whatever it is called here.

/**
 * @typedef {any} Node - of ESTree, with `parent`
 * @typedef {import("eslint").SourceCode} SourceCode
 * @typedef {object} Origin
 * @property {string} from - the module
 * @property {string} name - of its export; `*` for the module as a whole
 */

const wrappers = new Set([
  "ChainExpression",
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
]);

/**
 * Without what stands around an expression for the sake of types only.
 *
 * @type {(node: Node) => Node}
 */
export function bare(node) {
  let inner = node;
  while (inner && wrappers.has(inner.type)) inner = inner.expression;
  return inner;
}

/**
 * The nearest expression around `node` that is more than the same with a type.
 *
 * @type {(node: Node) => Node}
 */
export function outermost(node) {
  let outer = node;
  while (wrappers.has(outer.parent?.type)) outer = outer.parent;
  return outer;
}

/** @type {(identifier: Node, sourceCode: SourceCode) => import("eslint").Scope.Variable | undefined} */
export function variableOf(identifier, sourceCode) {
  for (
    let scope = /** @type {any} */ (sourceCode.getScope(identifier));
    scope;
    scope = scope.upper
  ) {
    const variable = scope.set.get(identifier.name);
    if (variable) return variable;
  }
  return undefined;
}

/**
 * Whether this is the global of that name, and nothing that the program declares.
 *
 * @type {(node: Node, name: string, sourceCode: SourceCode) => boolean}
 */
export function isGlobal(node, name, sourceCode) {
  if (node.type !== "Identifier" || node.name !== name) return false;
  const variable = variableOf(node, sourceCode);
  return !variable || variable.defs.length === 0;
}

/**
 * The one definition that a variable always has.
 *
 * @type {(variable: import("eslint").Scope.Variable | undefined) => any}
 */
export function definitionOf(variable) {
  if (variable?.defs.length !== 1) return undefined;
  return variable.defs[0];
}

/**
 * The value of a `const`, or of a `using`, that is bound to a plain name.
 *
 * @type {(definition: any) => Node}
 */
export function constantOf(definition) {
  if (definition?.type !== "Variable" || definition.node.id.type !== "Identifier") return undefined;
  return isConstant(definition) ? definition.node.init : undefined;
}

/** @type {(definition: any) => boolean} */
export function isConstant(definition) {
  return definition.type === "Variable" && !["let", "var"].includes(definition.parent.kind);
}

/** @type {(property: Node) => string | undefined} */
export function keyOf({ key, property, computed }) {
  const name = key ?? property;
  if (!computed && name.type === "Identifier") return name.name;
  return name.type === "Literal" ? String(name.value) : undefined;
}

/** @type {(node: Node, sourceCode: SourceCode) => Origin | undefined} */
export function originOf(node, sourceCode) {
  const inner = bare(node);
  switch (inner?.type) {
    case "Identifier":
      return originOfVariable(inner, sourceCode);
    case "MemberExpression": {
      const object = originOf(inner.object, sourceCode);
      return memberOf(object, keyOf(inner));
    }
    case "TSQualifiedName":
      return memberOf(originOf(inner.left, sourceCode), inner.right.name);
    case "AwaitExpression":
      return bare(inner.argument).type === "ImportExpression"
        ? moduleNamed(bare(inner.argument).source)
        : undefined;
    case "CallExpression":
      return isGlobal(inner.callee, "require", sourceCode)
        ? moduleNamed(inner.arguments[0])
        : undefined;
    default:
      return undefined;
  }
}

/** @type {(identifier: Node, sourceCode: SourceCode) => Origin | undefined} */
function originOfVariable(identifier, sourceCode) {
  const definition = definitionOf(variableOf(identifier, sourceCode));
  if (definition?.type === "ImportBinding") return originOfImport(definition);
  if (definition?.type !== "Variable" || !isConstant(definition)) return undefined;
  const { id, init } = definition.node;
  if (!init) return undefined;
  if (id.type === "Identifier") return originOf(init, sourceCode);
  if (id.type !== "ObjectPattern") return undefined;
  const property = id.properties.find((/** @type {Node} */ one) => one.value === definition.name);
  return property && memberOf(originOf(init, sourceCode), keyOf(property));
}

/** @type {(definition: any) => Origin | undefined} */
function originOfImport({ node, parent }) {
  if (node.type === "TSImportEqualsDeclaration")
    return moduleNamed(node.moduleReference.expression);
  const from = parent.source.value;
  if (node.type === "ImportNamespaceSpecifier") return { from, name: "*" };
  if (node.type === "ImportDefaultSpecifier") return { from, name: "default" };
  return { from, name: node.imported.name ?? node.imported.value };
}

/** @type {(origin: Origin | undefined, name: string | undefined) => Origin | undefined} */
function memberOf(origin, name) {
  if (!origin || name === undefined) return undefined;
  // What `import()` and `import x from` give of a CommonJS module.
  if (name === "default" && origin.name === "*") return origin;
  return ["*", "default"].includes(origin.name) ? { from: origin.from, name } : undefined;
}

/** @type {(literal: Node) => Origin | undefined} */
function moduleNamed(literal) {
  if (literal?.type !== "Literal" || typeof literal.value !== "string") return undefined;
  return { from: literal.value, name: "*" };
}
