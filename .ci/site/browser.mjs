// The site in Chromium, served from this machine.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { project, site, version } from "./places.mjs";

const looks = [360, 1_280].flatMap((width) =>
  ["light", "dark"].map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
);
const looked = ["index.html", "errors.html", "reference/skein/functions/retry.html"];
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

export async function problemsInBrowser(pages) {
  const { chromium } = createRequire(join(project, "package.json"))("playwright-core");
  const server = createServer((request, response) => void serve(request, response)).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const start = `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const problems = [];
  try {
    for (const look of looks) {
      const first = look === looks[0];
      const visited = first ? opened(pages) : looked;
      for (const problem of await visit(browser, start, look, visited)) problems.push(problem);
    }
    problems.push(...(await search(browser, start)));
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
  return problems;
}

/** All guides, and of each folder of the reference, whose pages are alike, one. */
function opened(pages) {
  const seen = new Set();
  return pages.filter((page) => {
    const folder = dirname(page);
    if (folder === ".") return true;
    if (seen.has(folder)) return false;
    return seen.add(folder);
  });
}

async function visit(browser, start, look, pages) {
  const problems = [];
  const page = await browser.newPage(look);
  let at = "";
  const problem = (text) =>
    problems.push(`${at}, ${look.viewport.width}, ${look.colorScheme}: ${text}`);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problem(message.text());
  });
  page.on("pageerror", (error) => problem(String(error)));
  page.on("requestfailed", (request) => {
    // A page that is left stops what it has asked for ahead.
    const { errorText } = request.failure();
    if (errorText !== "net::ERR_ABORTED") problem(`${request.url()}: ${errorText}`);
  });
  page.on("request", (request) => {
    if (!/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url()))
      problem(`asks for ${request.url()}`);
  });
  for (const path of pages) {
    at = path;
    const response = await page.goto(`${start}${version}/${path}`);
    await page.waitForFunction(() => document.querySelector("#app")?.__vue_app__ !== undefined);
    if (!response.ok()) problem(`answered with ${response.status()}`);
    const seen = await page.evaluate(() => ({
      wider: document.documentElement.scrollWidth - window.innerWidth,
      heading: document.querySelector("h1")?.textContent ?? "",
      isDark: document.documentElement.classList.contains("dark"),
      version: document.querySelector(".VPNav")?.textContent ?? "",
    }));
    if (seen.wider > 0) problem(`${seen.wider} pixels wider than the window`);
    if (seen.heading === "") problem("has no heading");
    if (seen.isDark !== (look.colorScheme === "dark")) problem("is not in its colours");
    if (!seen.version.includes(version) && look.viewport.width > 768)
      problem("does not say its version");
  }
  await page.close();
  return problems;
}

async function search(browser, start) {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  try {
    await page.goto(`${start}${version}/`, { waitUntil: "networkidle" });
    await page.keyboard.press("Control+k");
    await page.fill(".VPLocalSearchBox input", "runInThreadpool");
    await page.waitForSelector(".VPLocalSearchBox .result", { timeout: 30_000 });
    return [];
  } catch (error) {
    return [`the search finds nothing: ${error.message}`];
  } finally {
    await page.close();
  }
}

async function serve({ url }, response) {
  const { pathname } = new URL(url, "http://127.0.0.1");
  const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  try {
    const content = await readFile(join(site, decodeURIComponent(path)));
    response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
