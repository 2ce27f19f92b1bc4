import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Imports another library from this folder's own `node_modules`. */
export function rival(name) {
  return import(name);
}

/** Installs the other libraries, unless they are. */
export function installRivals() {
  const cwd = import.meta.dirname;
  if (existsSync(`${cwd}/node_modules`)) return;
  console.log("Installing the libraries to compare with ...");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: "inherit",
  });
}
