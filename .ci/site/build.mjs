/**
 * `npm run docs`: the site of this version, in `.temp/site/<version>`. Its pages are README.md, the guides of `docs/` and the reference,
 * made from the doc comments. `--base /skein/` says where on its server the site lies.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writePages } from "./pages.mjs";
import { here, installTools, project, root, site, version } from "./places.mjs";
import { writeReference } from "./reference.mjs";
import { repositoryUrl } from "./source-url.mjs";

const { values } = parseArgs({ options: { base: { type: "string", default: "/" } } });

installTools();
const pages = join(project, "pages");
rmSync(pages, { recursive: true, force: true });
mkdirSync(join(pages, ".vitepress"), { recursive: true });

const guides = writePages(pages);
const reference = writeReference(join(pages, "reference"));
const { description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const settings = {
  base: `${values.base}${version}/`,
  version,
  description,
  repository: repositoryUrl,
  guides,
  reference,
};
writeFileSync(join(pages, ".vitepress/settings.json"), JSON.stringify(settings));
cpSync(join(here, "config.mjs"), join(pages, ".vitepress/config.mjs"));

const out = join(site, version);
rmSync(out, { recursive: true, force: true });
const vitepress = join(project, "node_modules/vitepress/bin/vitepress.js");
execFileSync(process.execPath, [vitepress, "build", pages, "--outDir", out], { stdio: "inherit" });
writeFileSync(
  join(site, "index.html"),
  `<!doctype html><title>skein</title><meta http-equiv="refresh" content="0; url=./${version}/">\n`,
);
console.log(`The site of ${version} is in ${out}`);
