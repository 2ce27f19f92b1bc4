// The browsers that Debian has, as pages see them: each is installed when it is asked for, and driven as its maker means it to be.
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { freePort, listening } from "./ports.mjs";
import { project } from "./project.mjs";

const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATIENCE_MS = 300_000;

/** By their names. `withPages` calls a function with one that evaluates an expression in a page of an address. */
export const browsers = {
  Chromium: { binary: "/usr/bin/chromium", packages: ["chromium"], withPages: chromiumPages },
  Firefox: { binary: "/usr/bin/firefox-esr", packages: ["firefox-esr"], withPages: firefoxPages },
  WebKit: {
    binary: "/usr/bin/WebKitWebDriver",
    packages: ["webkit2gtk-driver", "xvfb"],
    withPages: webKitPages,
  },
};

/** Whether there is one of that name, by now. */
export function installBrowser(name) {
  const { binary, packages } = browsers[name];
  if (existsSync(binary)) return true;
  try {
    const options = { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    execFileSync("apt-get", ["update", "-qq"], options);
    const what = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
    execFileSync("apt-get", what, options);
  } catch {
    // It is looked for after this.
  }
  return existsSync(binary);
}

/** Runs a function with Chromium, as Playwright knows it, which is closed after it. */
export async function withChromium(use) {
  const { chromium } = load("playwright-core");
  const { binary } = browsers.Chromium;
  const browser = await chromium.launch({ executablePath: binary, args: chromiumFlags });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

function chromiumPages(use) {
  return withChromium((browser) => use(pagesOf(browser)));
}

async function firefoxPages(use) {
  const browser = await load("puppeteer-core").launch({
    browser: "firefox",
    executablePath: browsers.Firefox.binary,
    protocolTimeout: PATIENCE_MS,
  });
  try {
    return await use(pagesOf(browser));
  } finally {
    await browser.close();
  }
}

function pagesOf(browser) {
  return async (address, expression) => {
    const page = await browser.newPage();
    try {
      await page.goto(address);
      return await page.evaluate(expression);
    } finally {
      await page.close();
    }
  };
}

/** It needs a screen, and is told by WebDriver what to do. */
async function webKitPages(use) {
  const screen = spawn("Xvfb", ["-displayfd", "1"], { stdio: ["ignore", "pipe", "ignore"] });
  const [display] = await once(screen.stdout.setEncoding("utf8"), "data");
  const port = await freePort();
  const driver = spawn(browsers.WebKit.binary, [`--port=${port}`], {
    stdio: "ignore",
    env: { ...process.env, DISPLAY: `:${display.trim()}` },
  });
  const ask = async (path, request) => {
    const response = await fetch(`http://127.0.0.1:${port}/session${path}`, request);
    const { value } = await response.json();
    if (!response.ok) throw new Error(value.message);
    return value;
  };
  const post = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });
  try {
    await listening(port);
    const { sessionId } = await post("", { capabilities: {} });
    try {
      await post(`/${sessionId}/timeouts`, { script: PATIENCE_MS });
      return await use(async (address, expression) => {
        await post(`/${sessionId}/url`, { url: address });
        const script = `const done = arguments[0]; Promise.resolve(${expression}).then(done, (error) => done({ error: String(error) }));`;
        const outcome = await post(`/${sessionId}/execute/async`, { script, args: [] });
        if (outcome?.error !== undefined) throw new Error(outcome.error);
        return outcome;
      });
    } finally {
      await ask(`/${sessionId}`, { method: "DELETE" });
    }
  } finally {
    driver.kill();
    screen.kill();
  }
}

function load(name) {
  const loaded = createRequire(join(project, "package.json"))(name);
  return loaded.default ?? loaded;
}
