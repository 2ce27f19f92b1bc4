import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./program/", import.meta.url));
/** Packages that are ECMAScript modules with a default export: what `require` gives of them is their namespace. */
const MODULES = new Set(["escape-string-regexp"]);

/**
 * The program as its author would write it for another system of modules or another language, in `folder`; gives the path of
 * its main file.
 *
 * @param kind - `mjs`, `cjs`, `mts`, `cts` or `ts`
 * @param change - what becomes of the text of the main file
 */
export function writeProgram(folder, kind, change = (text) => text) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source)) {
    const text = readFileSync(join(source, file), "utf8").replaceAll(
      /(\.\/\w+)\.mjs/g,
      `$1.${kind}`,
    );
    const typed = kind.endsWith("ts") ? withTypes(text) : text;
    const formed = kind === "cjs" ? withRequire(typed) : typed;
    const isMain = file === "app.mjs";
    const name = file.replace(".mjs", `.${kind}`);
    writeFileSync(join(folder, name), isMain ? change(formed) : formed);
  }
  return join(folder, `app.${kind}`);
}

function withRequire(text) {
  return text
    .replaceAll(/^import \* as (\w+) from "([^"]+)";$/gm, 'const $1 = require("$2");')
    .replaceAll(/^import (\w+) from "([^"]+)";$/gm, (_, name, from) =>
      MODULES.has(from)
        ? `const { default: ${name} } = require("${from}");`
        : `const ${name} = require("${from}");`,
    )
    .replaceAll(
      /^import (\{[^}]*\}) from "([^"]+)";$/gm,
      (_, names, from) => `const ${names.replaceAll(" as ", ": ")} = require("${from}");`,
    )
    .replaceAll(/^export const (\w+) = /gm, "const $1 = (exports.$1 = undefined, ")
    .replaceAll(
      /^(const \w+ = \(exports\.(\w+) = undefined, )([^]*?);$/gm,
      (_, before, name, value) => `const ${name} = ${value};\nexports.${name} = ${name};`,
    )
    .replaceAll(/import\.meta\.url \?\? "[^"]*"/g, "module");
}

/** Types where a compiler asks for them, and some of what only a compiler understands and leaves no trace. */
function withTypes(text) {
  return text
    .replace("const double = (n) =>", "const double = (n: number): number =>")
    .replace("export const half = (n) =>", "export const half = (n: number): number =>")
    .replace("(n) => n * three)", "(n: number): number => n * three)")
    .replaceAll("(n) =>", "(n: number) =>")
    .replaceAll("(text) =>", "(text: string) =>")
    .replace("(a, b) => a * b", "(a: number, b: number): number => a * b")
    .replace("(ask) => ask(41)", "(ask: (n: number) => number) => ask(41)")
    .replace("const items = [];", "const items: unknown[] = [];")
    .replace("const results = {};", "const results: Record<string, unknown> = {};")
    .replace("const checks = {", "const checks: Record<string, () => unknown> = {")
    .replaceAll(".catch((error) =>", ".catch((error: Error) =>")
    .replaceAll(".catch(({ name }) =>", ".catch(({ name }: Error) =>");
}
