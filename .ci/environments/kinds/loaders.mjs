import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const loaded = (kind, ...flags) => ({
  nodes: ["20.19.0", "24"],
  prepare: ({ program, out, bin }) => [
    ...flags.map((flag) => (typeof flag === "function" ? flag(bin) : flag)),
    program(out, kind),
  ],
});

/** CommonJS as a compiler makes it of modules: `(0, ms_1.default)(text)`. */
const compiled = (tool, compile, nodes = ["20.19.0", "26"]) => ({
  nodes,
  tool,
  prepare: async ({ program, out, tool: load }) => {
    program(out, "ts");
    const compiler = await load(tool);
    for (const file of readdirSync(out).filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(out, file), "utf8")
        .replaceAll('import.meta.url ?? "file:///declared.mjs"', "module")
        .replaceAll('.ts"', '.cjs"');
      writeFileSync(join(out, file.replace(".ts", ".cjs")), compile(compiler, text));
    }
    return [join(out, "app.cjs")];
  },
});

const typescript = (target) =>
  compiled(
    "typescript",
    ({ default: ts }, text) =>
      ts.transpileModule(text, {
        compilerOptions: { module: 1, target: ts.ScriptTarget[target], esModuleInterop: true },
      }).outputText,
  );

/** Programs that are compiled before they run, or while they are loaded. */
export const loaders = {
  "tsx, modules": {
    ...loaded("mts", "--import", (bin) => bin("tsx", "dist/loader.mjs")),
    tool: "tsx",
  },
  "tsx, CommonJS": {
    ...loaded("ts", "--import", (bin) => bin("tsx", "dist/loader.mjs")),
    tool: "tsx",
    limits: {
      names: ["esPackage", "exportItself"],
      why: "it compiles packages that are modules, too, and these are refused",
    },
  },
  "ts-node, CommonJS": {
    nodes: ["20.19.0", "24"],
    tool: "ts-node",
    prepare: ({ program, out, bin }) => {
      const main = program(out, "ts");
      writeFileSync(join(out, "package.json"), '{ "type": "commonjs" }');
      writeFileSync(
        join(out, "tsconfig.json"),
        JSON.stringify({
          compilerOptions: { module: "commonjs", target: "es2022", esModuleInterop: true },
          "ts-node": { transpileOnly: true },
        }),
      );
      for (const file of readdirSync(out).filter((name) => name.endsWith(".ts"))) {
        const path = join(out, file);
        writeFileSync(
          path,
          readFileSync(path, "utf8").replaceAll(
            'import.meta.url ?? "file:///declared.mjs"',
            "module",
          ),
        );
      }
      return ["-r", bin("ts-node", "register/index.js"), main];
    },
  },
  "swc-node, modules": {
    ...loaded("mts", "--import", (bin) => bin("@swc-node/register", "esm/esm-register.mjs")),
    nodes: ["24", "26"],
    tool: "@swc-node/register",
  },
  "TypeScript to CommonJS, ES2022": typescript("ES2022"),
  "TypeScript to CommonJS, ES2017": typescript("ES2017"),
  "esbuild to CommonJS": compiled(
    "esbuild",
    ({ transformSync }, text) =>
      transformSync(text, { format: "cjs", loader: "ts", platform: "node", target: "node20" }).code,
  ),
  "swc to CommonJS": compiled(
    "@swc/core",
    ({ transformSync }, text) =>
      transformSync(text, {
        module: { type: "commonjs" },
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      }).code,
  ),
};
