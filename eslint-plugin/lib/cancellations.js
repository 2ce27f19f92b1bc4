// Which awaits can be rejected by a cancellation, and which functions let one through.

import { bodyOf, isAmbient, isFunction, skeinName } from "./kinds.js";
import { bare, keyOf } from "./names.js";
import { nodesOf, ownerOf, scopesNamedIn } from "./scopes.js";
import { waitOf } from "./waits.js";

/**
 * @typedef {import("./names.js").Node} Node
 * @typedef {import("./names.js").SourceCode} SourceCode
 */

// Their own scope is out of reach of what is cancelled around them.
const shielding = new Set(["defer", "shield"]);

/**
 * What an `await`, or a `for await`, waits for.
 *
 * @type {(node: Node) => Node | undefined}
 */
export function awaitedBy(node) {
  if (node.type === "AwaitExpression") return bare(node.argument);
  return node.type === "ForOfStatement" && node.await ? bare(node.right) : undefined;
}

/**
 * The scopes that are passed on in an expression, as an argument or an option, or whose signal is.
 *
 * @type {(node: Node, sourceCode: SourceCode) => Node[]}
 */
export function scopesPassedIn(node, sourceCode) {
  /** @type {(inner: Node) => boolean} */
  const shielded = (inner) => isShielded(inner, sourceCode);
  return scopesNamedIn(node, sourceCode, shielded).filter((scope) => {
    const { parent } = scope;
    const asObject = parent.type === "MemberExpression" && parent.object === scope;
    if (asObject && keyOf(parent) !== "signal") return false;
    const owner = ownerOf(scope, sourceCode);
    const by = owner && isFunction(owner) ? bodyOf(owner, sourceCode)?.by : undefined;
    return by === undefined || !shielding.has(by);
  });
}

/**
 * Whether this waits under the current scope of skein/ambient.
 *
 * @type {(node: Node, sourceCode: SourceCode) => boolean}
 */
export function waitsUnderCurrent(node, sourceCode) {
  if (node.type !== "CallExpression" || !isAmbient(node.callee, sourceCode)) return false;
  if (isShielded(node, sourceCode)) return false;
  return waitOf(node, sourceCode)?.missing === true;
}

/**
 * `shield(…)`, or any call with `{ shield: true }`.
 *
 * @type {(node: Node, sourceCode: SourceCode) => boolean}
 */
function isShielded(node, sourceCode) {
  if (node.type !== "CallExpression") return false;
  if (skeinName(node.callee, sourceCode) === "shield") return true;
  const options = bare(node.arguments.at(-1));
  return (
    options?.type === "ObjectExpression" &&
    options.properties.some(
      (/** @type {Node} */ one) => one.type === "Property" && keyOf(one) === "shield",
    )
  );
}

/**
 * The first scope whose cancellation can reject an `await` in this code; `"current"` for that of skein/ambient.
 *
 * @param {Node} node
 * @param {SourceCode} sourceCode
 * @param {(awaited: Node, sourceCode: SourceCode) => boolean} [leftOut]
 * @returns {Node | "current" | undefined}
 */
export function cancellableWaitIn(node, sourceCode, leftOut = () => false) {
  for (const inner of nodesOf(node, sourceCode)) {
    const awaited = awaitedBy(inner);
    if (!awaited || leftOut(awaited, sourceCode)) continue;
    const found = cancellable(awaited, sourceCode);
    if (found) return found;
  }
  return undefined;
}

/**
 * The same for what is awaited itself.
 *
 * @type {(awaited: Node, sourceCode: SourceCode) => Node | "current" | undefined}
 */
export function cancellable(awaited, sourceCode) {
  const [scope] = scopesPassedIn(awaited, sourceCode);
  if (scope) return scope;
  return waitsUnderCurrent(awaited, sourceCode) ? "current" : undefined;
}
