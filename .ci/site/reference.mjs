// The reference: a page for each export of each entry, from the doc comments of `lib/`.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { here, project, root } from "./places.mjs";
import { sourceUrl } from "./source-url.mjs";

/** Writes the pages, and gives what TypeDoc says of how they are to be found. */
export function writeReference(out) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entryPoints = Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [types.replace("./dist/", `${root}lib/`).replace(".d.ts", ".ts")],
  );
  const navigationJson = join(project, "navigation.json");
  const options = {
    entryPoints,
    basePath: root,
    tsconfig: join(root, "lib/tsconfig.json"),
    // The compiler of the library, which is another one, has checked it.
    skipErrorChecking: true,
    plugin: [
      join(project, "node_modules/typedoc-plugin-markdown/dist/index.js"),
      `${here}entries.mjs`,
    ],
    out,
    router: "member",
    entryFileName: "index",
    readme: "none",
    name: "Reference",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    useHTMLEncodedBrackets: true,
    interfacePropertiesFormat: "table",
    navigationJson,
    disableGit: true,
    sourceLinkTemplate: sourceUrl("blob", "{path}#L{line}"),
    intentionallyNotExported: ["lib/scope/globals.ts:__global.AbortSignal"],
    treatWarningsAsErrors: true,
    logLevel: "Warn",
  };
  const file = join(project, "typedoc.json");
  writeFileSync(file, JSON.stringify(options));
  const typedoc = join(project, "node_modules/typedoc/bin/typedoc");
  execFileSync(process.execPath, [typedoc, "--options", file], { cwd: root, stdio: "inherit" });
  return JSON.parse(readFileSync(navigationJson, "utf8"));
}
