// Where the runtimes, the bundlers and the driver of the browser are installed: they stay in the temporary directory.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "../library.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const chromium = "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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

/** Whether there is a Chromium, by now. */
export function installChromium() {
  if (existsSync(chromium)) return true;
  try {
    execFileSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    const what = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
    execFileSync("apt-get", what, {
      stdio: "ignore",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } catch {
    // It is looked for after this.
  }
  return existsSync(chromium);
}

/** Runs a function with a browser, which is closed after it. */
export async function withChromium(use) {
  const { chromium: driver } = createRequire(join(project, "package.json"))("playwright-core");
  const browser = await driver.launch({ executablePath: chromium, args: flags });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}
