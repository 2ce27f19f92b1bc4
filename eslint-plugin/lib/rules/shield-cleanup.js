import { awaitedBy, scopesPassedIn, waitsUnderCurrent } from "../cancellations.js";
import { isFunction, isScopeKind, kindOf } from "../kinds.js";
import { originOf } from "../names.js";
import { functionAround, ownScope, textOfOption } from "../scopes.js";
import { waitOf } from "../waits.js";

/**
 * @typedef {import("../names.js").Node} Node
 * @typedef {import("../names.js").SourceCode} SourceCode
 */

// They end by themselves.
const bounded = new Set(["checkpoint", "setTimeout", "sleep"]);

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: {
      description: "Require cleanup that waits to be shielded",
      url: "https://github.com/skein-js/skein/tree/main/eslint-plugin#skeinshield-cleanup",
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      rejects:
        "After a cancellation of {{scope}} this rejects at once, and the cleanup does not happen. Wrap it: `shield((shielded) => …{{options}})`.",
      endless:
        "Nothing ends this wait if it takes for ever, and what is around it cannot end either. Wrap it: `shield((shielded) => …{{options}})`, which gives it 30 seconds.",
      wrap: "Wrap it in `shield`.",
    },
  },
  create(context) {
    const { sourceCode } = context;

    /** @param {Node} node */
    function check(node) {
      const awaited = awaitedBy(node);
      if (!awaited || !isInFinally(node)) return;
      const scopes = scopesPassedIn(awaited, sourceCode);
      const [scope] = scopes;
      const report = { node: awaited, suggest: /** @type {any[]} */ ([]) };
      if (scope) {
        const isSignal = !isScopeKind(kindOf(scope, sourceCode));
        const options = isSignal ? "" : `, { ${textOfOption({ name: scope, isSignal })} }`;
        const fix = wrapping(node, scopes, options);
        if (fix) report.suggest.push({ messageId: "wrap", fix });
        context.report({
          ...report,
          messageId: "rejects",
          data: { scope: `\`${scope.name}\``, options },
        });
      } else if (waitsUnderCurrent(awaited, sourceCode)) {
        context.report({
          ...report,
          messageId: "rejects",
          data: { scope: "the current scope", options: "" },
        });
      } else if (mayBeEndless(awaited)) {
        const own = ownScope(functionAround(node), sourceCode);
        if (!own) return;
        const options = `, { ${textOfOption(own)} }`;
        context.report({ ...report, messageId: "endless", data: { options } });
      }
    }

    /** @type {(awaited: Node) => boolean} */
    function mayBeEndless(awaited) {
      const wait = awaited.type === "CallExpression" ? waitOf(awaited, sourceCode) : undefined;
      return wait?.missing === true && !bounded.has(wait.name);
    }

    /**
     * The call of `shield` around it, if there is no doubt how that is written.
     *
     * @type {(node: Node, scopes: Node[], options: string) => ((fixer: import("eslint").Rule.RuleFixer) => import("eslint").Rule.Fix[]) | undefined}
     */
    function wrapping(node, scopes, options) {
      const [scope] = scopes;
      const imported = importOfSkein();
      if (node.type !== "AwaitExpression" || options === "" || !imported) return undefined;
      if (scopes.some(({ name, parent }) => name !== scope?.name || parent.shorthand)) {
        return undefined;
      }
      return (fixer) => {
        const { argument } = node;
        const fixes = scopes.map((one) => fixer.replaceText(one, "shielded"));
        fixes.push(fixer.insertTextBefore(argument, `${imported.name}((shielded) => `));
        fixes.push(fixer.insertTextAfter(argument, `${options})`));
        if (imported.after) fixes.push(fixer.insertTextAfter(imported.after, ", shield"));
        return fixes;
      };
    }

    /**
     * How `shield` is called here, or after which name it is to be imported.
     *
     * @type {() => { name: string, after?: Node } | undefined}
     */
    function importOfSkein() {
      for (const node of /** @type {Node[]} */ (sourceCode.ast.body)) {
        if (node.type !== "ImportDeclaration" || node.source.value !== "skein") continue;
        if (node.importKind === "type") continue;
        for (const { local } of node.specifiers) {
          const origin = originOf(local, sourceCode);
          if (origin?.name === "shield") return { name: local.name };
          if (origin?.name === "*") return { name: `${local.name}.shield` };
        }
        const after = node.specifiers.at(-1);
        if (after?.type === "ImportSpecifier") return { name: "shield", after };
      }
      return undefined;
    }

    return { AwaitExpression: check, ForOfStatement: check };
  },
};

/** @type {(node: Node) => boolean} */
function isInFinally(node) {
  for (let inner = node; inner.parent && !isFunction(inner); inner = inner.parent) {
    if (inner.parent.type === "TryStatement" && inner.parent.finalizer === inner) return true;
  }
  return false;
}
