/**
 * A plugin that puts each class with a static block, or with a method that disposes, into an expression that bundlers know to
 * be pure. They keep the declaration of such a class whether or not anybody uses it, and all that it needs with it: of what
 * stands for `Symbol.dispose` in the build (disposal.mjs) they do not know that it is a symbol.
 *
 * So a static block may say something of its own class, and nothing else: it runs only where the class is used.
 */
export function pureClasses() {
  return {
    name: "pure-classes",
    transform: {
      filter: { id: /\.ts$/, code: /\bstatic \{|\[Symbol\.(dispose|asyncDispose)\]/ },
      handler(code) {
        const { body } = this.parse(code, { lang: "ts" });
        const statements = body.map((node) => [node, node.declaration ?? node]);
        for (const [node, declared] of statements.toReversed()) {
          if (declared.type !== "ClassDeclaration" || !declared.body.body.some(isKept)) continue;
          const { name } = declared.id;
          const text = code.slice(declared.start, declared.end);
          const exported = code.slice(node.start, declared.start);
          const pure = `${exported}const ${name} = /* @__PURE__ */ (() => { ${text} return ${name}; })();`;
          code = code.slice(0, node.start) + pure + code.slice(node.end);
        }
        // Each line is where it was.
        return { code, map: null };
      },
    },
  };
}

function isKept({ type, computed }) {
  return type === "StaticBlock" || computed === true;
}
