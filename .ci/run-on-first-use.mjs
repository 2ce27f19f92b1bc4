import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/**
 * A plugin that takes a package into the bundle as the text of a script, which is run when one of the `names` is used first:
 * to load it costs next to nothing until then. A function would be parsed with the file that it stands in.
 */
export function runOnFirstUse(name, names) {
  const id = `\0${name}`;
  return {
    name: "run-on-first-use",
    resolveId: (specifier) => (specifier === name ? id : undefined),
    load: (loaded) => (loaded === id ? moduleOf(name, names) : undefined),
  };
}

async function moduleOf(name, names) {
  const path = fileURLToPath(import.meta.resolve(name));
  const licence = readFileSync(new URL("../LICENSE", import.meta.resolve(name)), "utf8");
  const members = names.map(
    (member) => `export const ${member} = (...given) => (made ??= make()).${member}(...given);`,
  );
  return [
    `/*! ${name}\n\n${licence}*/`,
    `const text = ${JSON.stringify(await scriptOf(path, names))};`,
    'import { runScript } from "#realm";',
    "let made;",
    `const make = () => runScript(text, ${JSON.stringify(name)});`,
    ...members,
  ].join("\n");
}

/** The package as a script whose value has these `names`. */
async function scriptOf(path, names) {
  const build = await rolldown({
    input: "\0all",
    plugins: [
      {
        name: "all",
        resolveId: (specifier) => (specifier === "\0all" ? specifier : undefined),
        load: (id) =>
          id === "\0all"
            ? `export { ${names.join(", ")} } from ${JSON.stringify(path)};`
            : undefined,
      },
    ],
  });
  const { output } = await build.generate({
    format: "iife",
    name: "all",
    comments: false,
    minify: true,
  });
  await build.close();
  return `(() => {${output[0].code}return all;})()`;
}
