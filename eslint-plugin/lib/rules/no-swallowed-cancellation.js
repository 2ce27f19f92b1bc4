import { awaitedBy, cancellable, cancellableWaitIn } from "../cancellations.js";
import { isFunction, kindOf, skeinName } from "../kinds.js";
import { bare, definitionOf, isGlobal, keyOf, outermost, variableOf } from "../names.js";
import { nodesOf } from "../scopes.js";
import { isWaitedFor } from "../waits.js";

/**
 * @typedef {import("../names.js").Node} Node
 * @typedef {import("../names.js").SourceCode} SourceCode
 */

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: {
      description: "Disallow handlers of errors that take a cancellation for a failure",
      url: "https://github.com/skein-js/skein/tree/main/eslint-plugin#skeinno-swallowed-cancellation",
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      swallowed:
        "When {{scope}} is cancelled, the cancellation ends here like a failure, and the work goes on. Throw it again: `if (isCancelled(error{{argument}})) throw error;`.",
      rethrow: "Begin with `{{text}}`.",
    },
  },
  create(context) {
    const { sourceCode } = context;

    /** @type {(handler: Node, body: Node, scope: Node | "current") => void} */
    function report(handler, body, scope) {
      const named = scope === "current" ? undefined : scope.name;
      const text = scope === "current" ? undefined : rethrowing(scope, sourceCode);
      context.report({
        node: handler,
        messageId: "swallowed",
        data: {
          scope: named === undefined ? "the current scope" : `\`${named}\``,
          argument: named === undefined ? "" : `, ${named}`,
        },
        suggest:
          text === undefined || body.type !== "BlockStatement"
            ? []
            : [
                {
                  messageId: "rethrow",
                  data: { text },
                  fix: (fixer) =>
                    fixer.insertTextAfterRange([body.range[0], body.range[0] + 1], ` ${text}`),
                },
              ],
      });
    }

    return {
      /** @param {Node} clause */
      CatchClause(clause) {
        const statement = clause.parent;
        const scope = cancellableWaitIn(statement.block, sourceCode, waitsForCancellation);
        if (!scope || letsThrough(clause.body, clause.param, sourceCode)) return;
        if (waitsAfter(statement, sourceCode)) return;
        report(clause, clause.body, scope);
      },
      /** @param {Node} call */
      CallExpression(call) {
        const callee = bare(call.callee);
        if (callee.type !== "MemberExpression") return;
        const handler = bare(handlerOf(keyOf(callee), call.arguments));
        if (!handler || !isFunction(handler) || !isWaitedFor(outermost(call))) return;
        const awaited = bare(callee.object);
        const scope = cancellable(awaited, sourceCode);
        if (!scope || waitsForCancellation(awaited, sourceCode)) return;
        if (letsThrough(handler.body, handler.params[0], sourceCode)) return;
        const { parent } = outermost(call);
        if (parent.type === "AwaitExpression" && waitsAfter(statementOf(parent), sourceCode))
          return;
        report(handler, handler.body, scope);
      },
    };
  },
};

/**
 * What a method of a promise calls with the error.
 *
 * @type {(method: string | undefined, args: Node[]) => Node | undefined}
 */
function handlerOf(method, args) {
  if (method === "catch") return args[0];
  return method === "then" ? args[1] : undefined;
}

/**
 * `sleep(Infinity, scope)`: who catches what that rejects with has waited for it.
 *
 * @type {(awaited: Node, sourceCode: SourceCode) => boolean}
 */
function waitsForCancellation(awaited, sourceCode) {
  if (awaited.type !== "CallExpression" || !awaited.arguments[0]) return false;
  const isSleep = skeinName(awaited.callee, sourceCode) === "sleep";
  return isSleep && isGlobal(bare(awaited.arguments[0]), "Infinity", sourceCode);
}

/** @type {(scope: Node, sourceCode: SourceCode) => string | undefined} */
function rethrowing(scope, sourceCode) {
  const kind = kindOf(scope, sourceCode);
  if (kind === undefined) return `${scope.name}.throwIfAborted();`;
  return kind === "ScopeLike" ? undefined : `${scope.name}.throwIfCancelled();`;
}

/**
 * Whether a handler may do justice to a cancellation: throws, asks, waits again, or hands the error on.
 *
 * @type {(body: Node, parameter: Node | undefined, sourceCode: SourceCode) => boolean}
 */
function letsThrough(body, parameter, sourceCode) {
  const error = parameter?.type === "Identifier" ? parameter.name : undefined;
  /** @type {(node: Node | null | undefined) => boolean} */
  const isError = (node) => {
    const inner = bare(node);
    return error !== undefined && inner?.type === "Identifier" && inner.name === error;
  };
  if (isError(body)) return true;
  for (const node of nodesOf(body, sourceCode)) {
    const awaited = awaitedBy(node);
    if (awaited && cancellable(awaited, sourceCode)) return true;
    switch (node.type) {
      case "ThrowStatement":
        return true;
      case "ReturnStatement":
        if (isError(node.argument)) return true;
        break;
      case "AssignmentExpression":
        if (isError(node.right)) return true;
        break;
      case "MemberExpression":
        if (asksForCancellation.has(keyOf(node) ?? "")) return true;
        break;
      case "CallExpression":
        if (skeinName(node.callee, sourceCode) === "isCancelled") return true;
        if (endsProcess(bare(node.callee), sourceCode)) return true;
        if (node.arguments.some(isError) && mayHandOn(bare(node.callee), sourceCode)) return true;
        break;
      default:
    }
  }
  return false;
}

const asksForCancellation = new Set([
  "aborted",
  "cancelled",
  "origin",
  "reason",
  "throwIfAborted",
  "throwIfCancelled",
]);

/** @type {(callee: Node, sourceCode: SourceCode) => boolean} */
function endsProcess(callee, sourceCode) {
  return (
    callee.type === "MemberExpression" &&
    isGlobal(bare(callee.object), "process", sourceCode) &&
    ["abort", "exit"].includes(keyOf(callee) ?? "")
  );
}

const keeps = new Set(["add", "append", "push", "set", "unshift", "write"]);
const logs = new Set(["debug", "error", "fatal", "info", "log", "trace", "warn"]);

/**
 * Whether a function that is given the error may throw it, or give it to somebody who does.
 *
 * @type {(callee: Node, sourceCode: SourceCode) => boolean}
 */
function mayHandOn(callee, sourceCode) {
  if (callee.type === "MemberExpression") {
    const object = bare(callee.object);
    const key = keyOf(callee) ?? "";
    if (isGlobal(object, "console", sourceCode) || keeps.has(key)) return false;
    return !logs.has(key) || !/log/i.test(object.name ?? keyOf(object) ?? "");
  }
  if (callee.type !== "Identifier") return true;
  if (isGlobal(callee, "String", sourceCode)) return false;
  const { node } = definitionOf(variableOf(callee, sourceCode)) ?? {};
  const fn = node?.type === "VariableDeclarator" ? bare(node.init) : node;
  if (!fn || !isFunction(fn)) return true;
  for (const inner of nodesOf(fn.body, sourceCode)) {
    if (inner.type === "ThrowStatement" || inner.type === "CallExpression") return true;
  }
  return false;
}

/**
 * Whether what comes next waits under a scope, and so meets the cancellation again.
 *
 * @type {(statement: Node, sourceCode: SourceCode) => boolean}
 */
function waitsAfter(statement, sourceCode) {
  const { parent } = statement;
  const list = parent.type === "SwitchCase" ? parent.consequent : parent.body;
  if (!Array.isArray(list)) return false;
  const loop = parent.parent;
  const next = list.slice(list.indexOf(statement) + 1);
  if (loop?.type === "ForStatement" && loop.update) next.push(loop.update);
  return next.some((node) => cancellableWaitIn(node, sourceCode) !== undefined);
}

/** @type {(node: Node) => Node} */
function statementOf(node) {
  let statement = node;
  while (!/Statement$|Declaration$/.test(statement.type)) statement = statement.parent;
  return statement;
}
