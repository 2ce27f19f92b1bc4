import { bodyOf, isFunction } from "../kinds.js";
import { bare } from "../names.js";
import { ownerOf, ownScope, scopeIn } from "../scopes.js";
import { isWaitedFor, scopeProperties, waitOf } from "../waits.js";

/**
 * @typedef {import("../names.js").Node} Node
 * @typedef {import("../names.js").SourceCode} SourceCode
 */

// A wait under the outer scope may be meant: to wait on while the lock is held or when the program drains; and what a
// provider is made of may live longer than who wrote it down.
const mayUseOuter = new Set(["with", "untilDraining", "provide", "inline"]);

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: {
      description: "Disallow waiting under the scope of an outer task in the body of an inner one",
      url: "https://github.com/skein-js/skein/tree/main/eslint-plugin#skeinno-outer-scope",
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      outer:
        "This waits under `{{outer}}` in the body of `{{by}}`: what cancels that body alone does not interrupt it. Wait under the body's own scope{{hint}}.",
      own: "Wait under `{{inner}}`.",
    },
  },
  create(context) {
    const { sourceCode } = context;
    return {
      /** @param {Node} call */
      CallExpression(call) {
        for (const given of scopesGiven(call, sourceCode)) {
          const outer = scopeIn(given, sourceCode);
          const inner = outer && innerBody(call, ownerOf(outer, sourceCode), sourceCode);
          if (!inner) continue;
          const own = ownScope(inner, sourceCode);
          // A signal stands in another place than a scope does.
          const name = own && !own.isSignal && isScopeItself(outer) ? own.name.name : undefined;
          context.report({
            node: given,
            messageId: "outer",
            data: {
              outer: outer.name,
              by: bodyOf(inner, sourceCode)?.by ?? "",
              hint: own ? `, \`${own.name.name}\`` : "",
            },
            suggest:
              name === undefined
                ? []
                : [
                    {
                      messageId: "own",
                      data: { inner: name },
                      fix: (fixer) => rename(fixer, outer, name),
                    },
                  ],
          });
        }
      },
    };

    /** @type {(identifier: Node) => boolean} */
    function isScopeItself(identifier) {
      const owner = ownerOf(identifier, sourceCode);
      return owner === undefined || ownScope(owner, sourceCode)?.isSignal !== true;
    }
  },
};

/** @type {(fixer: import("eslint").Rule.RuleFixer, outer: Node, name: string) => import("eslint").Rule.Fix} */
function rename(fixer, outer, name) {
  const { parent } = outer;
  if (parent.type === "Property" && parent.shorthand) {
    return fixer.replaceText(parent, `${parent.key.name}: ${name}`);
  }
  return fixer.replaceText(outer, name);
}

/**
 * The scopes, and signals of scopes, that a call waits under.
 *
 * @type {(call: Node, sourceCode: SourceCode) => Node[]}
 */
function scopesGiven(call, sourceCode) {
  const wait = waitOf(call, sourceCode);
  if (wait) return wait.given;
  if (!isWaitedFor(call)) return [];
  const options = bare(call.arguments.at(-1));
  if (options?.type !== "ObjectExpression") return [];
  return scopeProperties(options).map(({ value }) => value);
}

/**
 * The innermost body around a call, if the scope of `owner` comes from further out.
 *
 * @type {(call: Node, owner: Node | undefined, sourceCode: SourceCode) => Node | undefined}
 */
function innerBody(call, owner, sourceCode) {
  for (let node = call.parent; node && node !== owner; node = node.parent) {
    if (!isFunction(node)) continue;
    const body = bodyOf(node, sourceCode);
    if (body) return mayUseOuter.has(body.by) ? undefined : node;
  }
  return undefined;
}
