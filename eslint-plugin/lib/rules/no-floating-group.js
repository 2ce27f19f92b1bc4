import { bare, isConstant, keyOf } from "../names.js";
import { isFunction, skeinName } from "../kinds.js";
import { functionAround } from "../scopes.js";

/**
 * @typedef {import("../names.js").Node} Node
 * @typedef {import("../names.js").SourceCode} SourceCode
 */

const promised = new Set([
  "all",
  "allSettled",
  "any",
  "cancelScope",
  "checkpoint",
  "failAfter",
  "hedge",
  "invoke",
  "mapConcurrent",
  "moveOnAfter",
  "openDependencies",
  "race",
  "resolveDependencies",
  "retry",
  "runInThreadpool",
  "runProcess",
  "select",
  "shield",
  "sleep",
  "taskGroup",
]);

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: {
      description: "Disallow groups and scopes that nobody waits for",
      url: "https://github.com/skein-js/skein/tree/main/eslint-plugin#skeinno-floating-group",
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      floating:
        "Nobody waits for the promise of `{{name}}`: what it runs outlives this function, and its failure is nobody's. Await it, or run it in a task of a group.",
      never:
        "The group `{{name}}` is never joined nor disposed of: nobody waits for its tasks. Write `await using {{name}} = …`, and `await {{name}}.join()` at its end.",
      lost: "This group is lost: nothing can be spawned in it, and nobody waits for it.",
      await: "Await it.",
      using: "Write `await using`.",
    },
  },
  create(context) {
    const { sourceCode } = context;
    return {
      /** @param {Node} statement */
      ExpressionStatement(statement) {
        for (const dropped of droppedBy(statement.expression)) {
          const call = startOfChain(dropped);
          const name = call && skeinName(call.callee, sourceCode);
          if (!call || name === undefined) continue;
          if (name === "openTaskGroup") context.report({ node: call, messageId: "lost" });
          if (!promised.has(name)) continue;
          context.report({
            node: dropped,
            messageId: "floating",
            data: { name },
            suggest: canAwait(statement)
              ? [
                  {
                    messageId: "await",
                    fix: (fixer) => fixer.insertTextBefore(dropped, "await "),
                  },
                ]
              : [],
          });
        }
      },
      /** @param {Node} declarator */
      VariableDeclarator(declarator) {
        const { id, init, parent } = declarator;
        const call = bare(init);
        if (id.type !== "Identifier" || call?.type !== "CallExpression") return;
        if (skeinName(call.callee, sourceCode) !== "openTaskGroup") return;
        const [variable] = sourceCode.getDeclaredVariables(declarator);
        const [definition] = variable?.defs ?? [];
        if (parent.kind === "await using" || parent.parent.type === "ExportNamedDeclaration")
          return;
        if (variable?.references.some(({ identifier }) => mayEnd(identifier))) return;
        const onlyOne = parent.declarations.length === 1 && isConstant(definition);
        context.report({
          node: id,
          messageId: "never",
          data: { name: id.name },
          suggest:
            onlyOne && canAwait(declarator)
              ? [
                  {
                    messageId: "using",
                    fix: (fixer) =>
                      fixer.replaceTextRange(
                        [parent.range[0], parent.range[0] + parent.kind.length],
                        "await using",
                      ),
                  },
                ]
              : [],
        });
      },
    };
  },
};

/**
 * The expressions whose value a statement drops.
 *
 * @type {(node: Node) => Node[]}
 */
function droppedBy(node) {
  switch (node.type) {
    case "LogicalExpression":
      return droppedBy(node.right);
    case "ConditionalExpression":
      return [...droppedBy(node.consequent), ...droppedBy(node.alternate)];
    case "SequenceExpression":
      return node.expressions.flatMap(droppedBy);
    default:
      return bare(node).type === "CallExpression" ? [node] : [];
  }
}

/**
 * `f(…)` of `f(…)`, `f(…).then(g)`, `f(…).finally(g)`; nothing if the chain deals with the failure.
 *
 * @type {(node: Node) => Node | undefined}
 */
function startOfChain(node) {
  let call = bare(node);
  while (call?.type === "CallExpression") {
    const callee = bare(call.callee);
    if (callee.type !== "MemberExpression" || bare(callee.object).type !== "CallExpression")
      return call;
    const method = keyOf(callee);
    const goesOn = method === "finally" || (method === "then" && call.arguments.length < 2);
    if (!goesOn) return method === "catch" || method === "then" ? undefined : call;
    call = bare(callee.object);
  }
  return undefined;
}

/**
 * Whether the group is joined here, or goes where that may be done.
 *
 * @type {(reference: Node) => boolean}
 */
function mayEnd(reference) {
  const { parent } = reference;
  if (parent.type === "VariableDeclarator" && parent.id === reference) return false;
  if (parent.type !== "MemberExpression" || parent.object !== reference) return true;
  const key = keyOf(parent);
  return key === "join" || key === undefined;
}

/** @type {(node: Node) => boolean} */
function canAwait(node) {
  const around = functionAround(node);
  return isFunction(around) ? around.async : around.sourceType === "module";
}
