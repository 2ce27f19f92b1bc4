// Makes the pictures of docs/observing.md and docs/runtimes.md from programs that run: `npm run pictures` needs a build, and a Chromium, which is
// installed if there is none.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startShop } from "./pictures/start-shop.mjs";
import { traceSvg } from "./pictures/trace-svg.mjs";
import { installBrowser, withChromium } from "./runtimes/browsers.mjs";
import { installPackages, project } from "./runtimes/project.mjs";
import { withSearch } from "./runtimes/search.mjs";

/** After this the timeline of the page is full. */
const SECONDS = 17;
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
const file = join(tmpdir(), `skein-trace-${process.pid}.json`);

installPackages();
if (!installBrowser("Chromium")) throw new Error("Chromium cannot be installed here");
await withSearch(project, (url) =>
  withChromium((browser) =>
    Promise.all(["light", "dark"].map((colorScheme) => pictureOfSearch(browser, url, colorScheme))),
  ),
);
const { child, url, lines } = await startShop("", file);
try {
  await withChromium((browser) =>
    Promise.all([
      picture(browser, "page-light.png", { width: 1180, colorScheme: "light" }),
      picture(browser, "page-dark.png", { width: 1180, colorScheme: "dark" }),
    ]),
  );
  await lines.next();
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(join(images, "trace.svg"), traceSvg(traceEvents));
} finally {
  child.kill();
  rmSync(file, { force: true });
}

async function picture(browser, name, { width, colorScheme }) {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  await page.goto(url);
  await page.waitForTimeout(SECONDS * 1_000);
  await page.screenshot({ path: join(images, name), fullPage: true });
}

async function pictureOfSearch(browser, url, colorScheme) {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 }, colorScheme });
  await page.goto(url);
  await page.locator("#text").pressSequentially("bacedifo");
  await page.locator("#found li").first().waitFor();
  await page.screenshot({ path: join(images, `search-${colorScheme}.png`) });
}
