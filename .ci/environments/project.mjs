import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLibrary, npm } from "../library.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));

/**
 * A project with all tools, at the versions of the lockfile, and with the packed library. The tools stay in the temporary
 * directory until the lockfile changes.
 */
export function installProject() {
  const project = join(tmpdir(), "skein-environments/project");
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  const stamp = join(project, "installed.json");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    for (const file of ["package.json", "package-lock.json"])
      cpSync(join(here, file), join(project, file));
    npm(["ci", "--ignore-scripts", "--prefer-offline"], project);
    writeFileSync(stamp, lock);
  }
  installLibrary(project);
  return project;
}

/** A version of Node, in the folder of `.ci/node-versions`. */
export function nodeBinary(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join(process.env["TMPDIR"] ?? "/tmp", "skein-nodes", version);
  const binary = join(cache, "node_modules", name, "bin/node");
  if (!existsSync(binary)) {
    mkdirSync(cache, { recursive: true });
    npm(["install", "--prefix", cache, `${name}@${version}`], cache);
  }
  return binary;
}
