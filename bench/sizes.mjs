/**
 * `npm run sizes`: what a program that imports this or that gets from a bundler, minified and gzipped. The table goes to
 * SIZES.md. `package.json` has limits for a few of them, which `npm run package` holds.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import preset from "@size-limit/preset-small-lib";
import sizeLimit from "size-limit";
import * as skein from "skein";

const root = fileURLToPath(new URL("..", import.meta.url));
const { "size-limit": limits } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

const together = limits.map(({ name, path, import: names }) => ({ name, path, names }));
const alone = Object.keys(skein)
  .sort((a, b) => a.localeCompare(b, "en"))
  .map((name) => ({ name: `\`${name}\``, path: "dist/index.js", names: `{ ${name} }` }));
const rows = await measured([...together, ...alone]);
const text = report(rows.slice(0, together.length), rows.slice(together.length));
console.log(text);
writeFileSync(new URL("SIZES.md", import.meta.url), text);

async function measured(wanted) {
  const checks = wanted.map(({ path, names }) => {
    const files = [`${root}${path}`];
    return {
      files,
      gzip: true,
      ignore: ["node:*"],
      // A script has no `import.meta`, it would say each time.
      modifyEsbuildConfig: (config) => ({ ...config, logLevel: "error" }),
      ...(names === undefined ? {} : { import: { [files[0]]: names } }),
    };
  });
  const sizes = await sizeLimit([preset], { cwd: root, checks });
  return wanted.map((row, i) => ({ ...row, size: sizes[i].size }));
}

function report(bundles, exported) {
  return `# Sizes

Written by \`npm run sizes\`: kilobytes that an import adds to a program, bundled by esbuild, minified and gzipped, with all that
it needs except Node's own modules. What two imports share is there once.

${table("import", bundles)}

Each on its own, the smallest first:

${table(
  "import",
  exported.toSorted((a, b) => a.size - b.size),
)}
`;
}

function table(title, rows) {
  const lines = rows.map(({ name, size }) => `| ${name} | ${(size / 1000).toFixed(1)} |`);
  return [`| ${title} | kB |`, "| --- | ---: |", ...lines].join("\n");
}
