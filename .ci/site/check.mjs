/**
 * `npm run docs:check`: builds the site, follows its links, and opens it in Chromium: the guides and a part of the
 * reference, and a few of them at two widths, light and dark. Nothing may be asked of another server, nothing may fail, be wider than the window, or be said in the console. The search has to find.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { brokenLinks, pagesOf } from "./links.mjs";
import { here, site, version } from "./places.mjs";
import { problemsInBrowser } from "./browser.mjs";

if (!process.argv.includes("--built")) {
  execFileSync(process.execPath, [join(here, "build.mjs")], { stdio: "inherit" });
}
const folder = join(site, version);
if (!existsSync(folder))
  throw new Error(`Expected a site in ${folder}: \`npm run docs\` builds it`);

const pages = pagesOf(folder).filter((page) => page !== "404.html");
const problems = brokenLinks(folder, `/${version}/`);
problems.push(...(await problemsInBrowser(pages)));
for (const problem of problems) console.log(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
