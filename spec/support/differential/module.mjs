import { Author } from "./author.mjs";
import { declaration } from "./declarations.mjs";
import { imported } from "./imports.mjs";

/** Every kind of module that a program can have. */
export const FORMATS = ["mjs", "cjs", "strict.cjs"];

/** What a function gives, in a form that every thread can send and in which nothing hides. */
const SHOW = `const show = (value, depth = 0) => {
  if (typeof value === "symbol" || typeof value === "bigint") return String(value);
  if (typeof value === "function") return ["function", value.name, value.length, Object.keys(value)];
  if (typeof value !== "object" || value === null) return value;
  if (depth > 3) return "deep";
  const kind = Object.prototype.toString.call(value);
  const inner = Array.isArray(value) || ArrayBuffer.isView(value) ? [...Object.keys(value)] : Object.keys(value);
  const keys = inner.map((key) => [key, show(value[key], depth + 1)]);
  const held = value instanceof Set ? [...value] : Object.prototype.toString.call(value) === "[object Map]" ? [...value.entries()] : [];
  const more = value instanceof Error ? [value.name, value.message] : kind === "[object Date]" ? [value.getTime()] : [];
  return [kind, Object.isFrozen(value), keys, held.map((one) => show(one, depth + 1)), more];
};`;

/** A module that exports \`fn\` and \`args\`; \`reasons\` say why a thread may refuse the function. */
export function writeModule(tape, format) {
  const author = new Author(tape, format === "cjs");
  const { choices } = author;
  const isModule = format === "mjs";
  const imports = choices.some(2, () => imported(author, isModule));
  const declarations = choices.some(5, () => declaration(author));
  const fn = main(author);
  const args = `[${choices.of("3", "[1, { k: 2 }]", `{ k: "v" }`, "undefined")}, ${choices.of("4", "null")}]`;
  const body = [SHOW, ...declarations, fn].join("\n");
  const text = isModule
    ? `${imports.join("\n")}\n${body}\nexport { fn };\nexport const args = ${args};\n`
    : `${format === "cjs" ? "" : '"use strict";\n'}${imports.join("\n")}\n${body}\nexports.fn = fn;\nexports.args = ${args};\n`;
  return { text, reasons: [...author.reasons] };
}

/** The function that is called, in any form that a function has. */
function main(author) {
  const { choices } = author;
  const result = author.within(["x"], () => statements(author));
  return choices.of(
    () => `const fn = (x) => { ${result} };`,
    () => `function fn(x) { ${result} }`,
    () => `const fn = function (x) { ${result} };`,
    () => `const fn = function named(x) { ${result} };`,
    () => `const fn = (x, y = show(x), ...z) => { ${result} };`,
    () => `const fn = ((outer) => (x) => { void outer; ${result} })(${author.expression()});`,
    () => `const fn = { method(x) { ${result} } }.method;`,
    () => `class Holder { static method(x) { ${result} } } const { method: fn } = Holder;`,
    () =>
      `let fn; { const inside = ${author.expression()}; fn = (x) => { void inside; ${result} }; }`,
    () => `const fn = async (x) => { await null; ${result} };`,
    () => `async function fn(x) { ${result} }`,
    () => `const fn = ({ k: x } = {}) => { ${result} };`,
    () => `const fn = [(x) => { ${result} }][0];`,
    () => `const fn = (x) => ((q) => { ${result} })(x);`,
  )();
}

function statements(author) {
  const { choices } = author;
  const lines = choices.some(3, () => statement(author));
  return `${lines.join(" ")} return [${author.expression()}, ${author.use()}, show(${author.use()})];`;
}

function statement(author) {
  const { choices } = author;
  const e = author.expression();
  return choices.of(
    () => `void ${e};`,
    () => `if (${e}) { void ${author.use()}; } else void 0;`,
    () => `try { void ${e}; } catch { void 0; }`,
    () => `for (const each of [${e}]) { void each; }`,
    () => `label: { if (${e}) break label; }`,
    () => `{ let inner = ${e}; void inner; }`,
    () => `for (const key in Object(${e})) { void key; break; }`,
    () => `try { return [${e}, x]; } finally { void 1; }`,
    () => `throw Object.assign(new RangeError("thrown"), { given: show(${e}) });`,
  )();
}
