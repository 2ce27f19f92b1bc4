// The library as it has been built and would be published, for projects that gates make.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

/** @param project - the folder of one, with a `node_modules` */
export function installLibrary(project) {
  const library = join(project, "node_modules/skein");
  rmSync(library, { recursive: true, force: true });
  const packed = npm(["pack", "--ignore-scripts", "--silent", "--pack-destination", project], root);
  mkdirSync(library);
  execFileSync("tar", ["xzf", join(project, packed.trim()), "-C", library, "--strip-components=1"]);
}

export function npm(args, cwd) {
  return execFileSync("npm", [...args, ...quiet], { cwd, encoding: "utf8" });
}
