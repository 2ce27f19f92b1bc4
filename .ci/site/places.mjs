// Where things are. The tools stay in the temporary directory, so that `npm ci` of the library needs none of them.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = fileURLToPath(new URL("./", import.meta.url));
export const root = fileURLToPath(new URL("../../", import.meta.url));
export const site = join(root, ".temp/site");
export const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const lock = readFileSync(join(here, "package-lock.json"), "utf8");
/** One for each checkout of the library: its pages are written there. */
export const project = join(tmpdir(), `skein-site${root.replaceAll(/[^\w-]+/g, "-")}`);

export function installTools() {
  const installed = join(project, "node_modules/.package-lock.json");
  const had = join(project, "package-lock.json");
  if (existsSync(installed) && readFileSync(had, "utf8") === lock) return;
  mkdirSync(project, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(here, file), join(project, file));
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: project });
}
