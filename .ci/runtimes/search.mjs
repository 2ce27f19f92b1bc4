// examples/browser in Chromium: what is typed fast leaves one answer, and stale requests end.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withChromium } from "./browsers.mjs";

const folder = fileURLToPath(new URL("../../examples/browser/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/** @param project - where esbuild is installed */
export async function checkSearch(project) {
  return withSearch(project, (url) =>
    withChromium(async (browser) => {
      const page = await browser.newPage();
      const failed = [];
      page.on("pageerror", (error) =>
        failed.push({ test: "an error in the page", error: error.stack }),
      );
      await page.goto(url);
      // All before any answer: how fast a browser types is not what is tried.
      await page.locator("#text").evaluate((input) => {
        for (let length = 1; length <= 8; length += 1) {
          input.value = "bacedifo".slice(0, length);
          input.dispatchEvent(new Event("input"));
        }
      });
      await page.locator("#found li").first().waitFor();
      const first = await page.locator("#found li").first().textContent();
      const said = await page.locator("#state").textContent();
      const [, asked, stale] = /^(\d+) searches, (\d+) of them stale$/.exec(said) ?? [];
      if (first !== "bacedifo" || asked !== "8" || !(Number(stale) >= 1)) {
        failed.push({ test: "the last search counts", error: `${first}: ${said}` });
      }
      return { passed: failed.length === 0 ? 1 : 0, failed };
    }),
  );
}

/** Builds the example, serves it, and calls a function with its address. */
export async function withSearch(project, use) {
  const { build } = createRequire(join(project, "package.json"))("esbuild");
  const output = join(project, "search");
  await build({
    entryPoints: [join(folder, "main.ts"), join(folder, "worker.ts")],
    bundle: true,
    format: "esm",
    outdir: output,
    logLevel: "error",
  });
  const server = createServer(({ url }, response) => {
    const name = url === "/" ? "index.html" : url.slice(1);
    if (!/^(index\.html|main\.js|worker\.js)$/.test(name)) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(name)]);
    response.end(readFileSync(join(name === "index.html" ? folder : output, name)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
