/**
 * A plugin that puts each class with a static block into an expression that bundlers know to be pure. They keep a class
 * declaration with a static block whether or not anybody uses it, and all that it needs with it.
 *
 * So a static block may say something of its own class, and nothing else: it runs only where the class is used.
 */
export function pureClasses() {
  return {
    name: "pure-classes",
    transform: {
      filter: { id: /\.ts$/, code: /\bstatic \{/ },
      handler(code) {
        const { body } = this.parse(code, { lang: "ts" });
        const statements = body.map((node) => [node, node.declaration ?? node]);
        for (const [node, declared] of statements.toReversed()) {
          if (!hasStaticBlock(declared)) continue;
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

function hasStaticBlock({ type, body }) {
  return type === "ClassDeclaration" && body.body.some(({ type }) => type === "StaticBlock");
}
