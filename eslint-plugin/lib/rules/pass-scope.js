import { isAmbient } from "../kinds.js";
import { functionAround, ownScope, textOfOption, textOfScope, textOfSignal } from "../scopes.js";
import { bare, keyOf } from "../names.js";
import { waitOf } from "../waits.js";

/**
 * @typedef {import("../names.js").Node} Node
 * @typedef {import("../names.js").SourceCode} SourceCode
 */

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: {
      description: "Require the scope at hand to be passed to what waits",
      url: "https://github.com/skein-js/skein/tree/main/eslint-plugin#skeinpass-scope",
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      missing:
        "`{{wait}}` is not told of the scope `{{scope}}`, so a cancellation does not interrupt it. Pass the scope.",
      pass: "Pass `{{scope}}`.",
    },
  },
  create(context) {
    const { sourceCode } = context;
    const followsCurrent = importsAmbient(sourceCode);
    return {
      /** @param {Node} call */
      CallExpression(call) {
        const wait = waitOf(call, sourceCode);
        if (!wait?.missing || (wait.findsScope && followsCurrent)) return;
        if (isAmbient(call.callee, sourceCode)) return;
        const fn = functionThatRuns(call);
        const scope = ownScope(fn, sourceCode);
        if (!scope || isCleanup(call, fn)) return;
        const data = { wait: wait.name, scope: scope.name.name };
        context.report({
          node: call,
          messageId: "missing",
          data,
          suggest: [
            {
              messageId: "pass",
              data,
              fix: (fixer) => pass(fixer, call, wait.place, scope, sourceCode),
            },
          ],
        });
      },
    };
  },
};

/** @type {(fixer: import("eslint").Rule.RuleFixer, call: Node, place: import("../waits.js").Place, scope: import("../scopes.js").OwnScope, sourceCode: SourceCode) => import("eslint").Rule.Fix | null} */
function pass(fixer, call, { form, at }, scope, sourceCode) {
  if (form === "in") return fixer.insertTextAfter(call.callee, `.in(${textOfScope(scope)})`);
  if (form === "first") return fixer.insertTextBefore(call.arguments[0], `${textOfScope(scope)}, `);
  const property = form === "signal" ? textOfSignal(scope) : textOfOption(scope);
  const options = bare(call.arguments[at]);
  if (options) {
    const opened = sourceCode.getFirstToken(options);
    const text = options.properties.length > 0 ? ` ${property},` : ` ${property} `;
    return opened && fixer.insertTextAfter(opened, text);
  }
  // `setTimeout(ms)` of Node has a value before its options.
  if (call.arguments.length < at) return null;
  const text = form === "argument" ? textOfScope(scope) : `{ ${property} }`;
  const last = call.arguments.at(-1);
  if (last) return fixer.insertTextAfter(last, `, ${text}`);
  const closing = sourceCode.getLastToken(call);
  return closing && fixer.insertTextBefore(closing, text);
}

/**
 * Whether methods and threads wait under the current scope.
 *
 * @type {(sourceCode: SourceCode) => boolean}
 */
function importsAmbient(sourceCode) {
  return /(["'])skein\/ambient\1/.test(sourceCode.text);
}

/**
 * In a `finally`, or a `catch` that throws again, the scope may be cancelled already, and the wait rejects at once: there
 * it may be left out on purpose.
 *
 * @type {(call: Node, fn: Node) => boolean}
 */
function isCleanup(call, fn) {
  for (let node = call; node !== fn; node = node.parent) {
    const { parent } = node;
    if (parent.type === "TryStatement" && parent.finalizer === node) return true;
    if (node.type === "CatchClause" && node.body.body.at(-1)?.type === "ThrowStatement")
      return true;
  }
  return false;
}

const callsAtOnce = new Set(["every", "filter", "find", "flatMap", "forEach", "map", "some"]);

/**
 * The function in whose run the call happens: callbacks of `map` and its like belong to what is around them.
 *
 * @type {(call: Node) => Node}
 */
function functionThatRuns(call) {
  let fn = functionAround(call);
  while (fn.parent?.type === "CallExpression" && fn.parent.arguments[0] === fn) {
    const callee = bare(fn.parent.callee);
    if (callee.type !== "MemberExpression" || !callsAtOnce.has(keyOf(callee) ?? "")) break;
    fn = functionAround(fn);
  }
  return fn;
}
