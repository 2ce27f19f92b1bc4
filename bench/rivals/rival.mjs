import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Imports another library from this folder's own `node_modules`. */
export function rival(name) {
  return import(name);
}

/** The address of what that imports. */
export function urlOf(name) {
  return import.meta.resolve(name);
}

/** Installs the other libraries, unless all of them are. */
export function installRivals() {
  const cwd = import.meta.dirname;
  const { dependencies } = JSON.parse(readFileSync(`${cwd}/package.json`, "utf8"));
  if (Object.keys(dependencies).every((name) => existsSync(`${cwd}/node_modules/${name}`))) return;
  console.log("Installing the libraries to compare with ...");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: "inherit",
  });
}
