// Prints for modules of Node that few use whether a function of theirs is known for what it is.
const { isBuiltin } = await import("node:module");

const early = [...process.moduleLoadList];
const members = { wasi: "WASI", test: "describe", sea: "isSea", sqlite: "DatabaseSync" };
const names = Object.keys(members).filter((name) => isBuiltin(`node:${name}`));

// What the program itself loads may warn.
const before = Object.getOwnPropertyDescriptor(process, "emitWarning");
process.emitWarning = () => {};
const values = names.map((name) => process.getBuiltinModule(`node:${name}`)[members[name]]);
Object.defineProperty(process, "emitWarning", before);

const { tsImport } = await import("tsx/esm/api");

const lists = { all: undefined, none: [], early };
const list = lists[process.argv[2]];
if (list !== undefined) Object.defineProperty(process, "moduleLoadList", { value: list });

const file = "../../../lib/threads/codec/builtins.ts";
const { builtinPathOf, builtinAt } = await tsImport(file, import.meta.url);
for (const [index, name] of names.entries()) {
  const path = builtinPathOf(values[index]);
  console.log(name, path !== undefined && builtinAt(path) === values[index]);
}
