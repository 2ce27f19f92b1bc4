// Threads in pages of Chromium: one that is isolated from other origins, so that it shares memory with its workers, and one that
// is not; with the library's own worker, and with one that a bundler has made; and what a Content-Security-Policy makes of it.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { withChromium } from "./project.mjs";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const CHECKS = [
  { headers: ISOLATED, call: "check()" },
  { headers: ISOLATED, call: 'check("/thread.js")' },
  { headers: {}, call: "check()" },
  { headers: {}, call: 'check("/thread.js")' },
  {
    headers: { "content-security-policy": "script-src 'self'" },
    call: 'checkPolicy("/thread.js")',
  },
];

/** What came of all of them. */
export async function checkThreads(project) {
  const { build } = createRequire(join(project, "package.json"))("esbuild");
  await build({
    entryPoints: ["threads.mjs", "thread.mjs"].map((name) => join(project, name)),
    bundle: true,
    format: "esm",
    outdir: join(project, "threads"),
    logLevel: "error",
  });
  return withChromium(async (browser) => {
    const outcome = { passed: 0, failed: [] };
    for (const { headers, call } of CHECKS) {
      const { passed, failed } = await inPage(browser, join(project, "threads"), headers, call);
      const where = Object.keys(headers).at(-1) ?? "no headers";
      outcome.passed += passed;
      for (const { test, error } of failed)
        outcome.failed.push({ test: `${where}: ${test}`, error });
    }
    return outcome;
  });
}

async function inPage(browser, folder, headers, call) {
  const server = createServer(({ url }, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (url === "/") return respond(response, "text/html", "<!doctype html><title>skein</title>");
    if (!/^\/threads?\.js$/.test(url)) return response.writeHead(404).end();
    respond(response, "text/javascript", readFileSync(join(folder, basename(url))));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(`import("/threads.js").then((module) => module.${call})`);
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
  }
}

function respond(response, type, content) {
  response.setHeader("content-type", type);
  response.end(content);
}
