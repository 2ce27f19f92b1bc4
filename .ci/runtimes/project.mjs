// Where the runtimes, the bundlers and the drivers of the browsers are installed: they stay in the temporary directory.
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "../library.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));

export const project = join(tmpdir(), "skein-runtimes");
export const binaries = {
  deno: join(project, "node_modules/deno/deno"),
  bun: join(project, "node_modules/bun/bin/bun.exe"),
};

export function installPackages() {
  mkdirSync(project, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    cpSync(join(here, file), join(project, file));
  if (!existsSync(join(project, "node_modules/workerd"))) npm(["ci"], project);
}
