// The page that `inspectable` serves, in a browser: what it shows of a program, at two widths, light and dark.
import assert from "node:assert/strict";
import { once } from "node:events";
import { startShop } from "../pictures/start-shop.mjs";
import { withChromium } from "./browsers.mjs";

const VIEWS = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 400, colorScheme: "light" },
  { width: 400, colorScheme: "dark" },
];
const HOSTILE = `<img src="x" onerror="document.title = 'taken'"> </script><script>document.title = 'taken'</script>`;
/** How long a machine may take that does much else. */
const PATIENCE_MS = 30_000;
/** What stands in each part of the page, some time after it is opened. */
const PARTS = {
  process: /^shop\.mjs pid \d+, Node \d+\.\d+\.\d+, up \d/,
  state: /^live$/,
  tree: /group shop[^]*task mailer[^]*service heartbeat waits for the time/,
  threads: /\d+ running, \d+ queued, \d+ completed[^]*(renderPage|idle)/,
  channels: /shop\.mjs:\d+[^]*of 8/,
  limiters: /shop\.mjs:\d+[^]*CapacityLimiter[^]*of 3/,
  lifetimes: /app[^]*database/,
  rates: /task request \d+[^]* ms/,
};

export async function checkPage() {
  const outcome = { passed: 0, failed: [] };
  const check = async (test, run) => {
    try {
      await run();
      outcome.passed++;
    } catch (error) {
      outcome.failed.push({ test, error: error.stack });
    }
  };
  const { child, url, lines } = await startShop(HOSTILE);
  try {
    await withChromium(async (browser) => {
      for (const view of VIEWS) {
        const name = `the page, ${view.width} wide, ${view.colorScheme}`;
        await check(name, () => shows(browser, view, url));
      }
      await check("the page can be filtered and held", () => isUsed(browser, url));
      await check("the page says that its process is gone", () => isLeft(browser, url, child));
    });
  } finally {
    child.kill();
    await lines.return();
  }
  return outcome;
}

async function opened(browser, { width, colorScheme }, url) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const problems = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.stack));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
      problems.push(`It asks for ${request.url()}`);
    }
  });
  await page.goto(url);
  return { page, problems };
}

async function shows(browser, view, url) {
  const until = performance.now() + PATIENCE_MS;
  const { page, problems } = await opened(browser, view, url);
  for (const [id, text] of Object.entries(PARTS)) {
    await page.waitForFunction(
      ([part, source]) => new RegExp(source).test(document.getElementById(part).innerText),
      [id, text.source],
    );
  }
  // A call has to end, and a frame to be drawn, before it is seen.
  let seen = await page.evaluate(lookAround);
  while (seen.bars <= 20 && performance.now() < until) seen = await page.evaluate(lookAround);
  assert.ok(seen.bars > 20, "no call is in the timeline");
  assert.equal(seen.overflow, 0, "it is wider than the window");
  assert.equal(seen.light, view.colorScheme === "light");
  assert.equal(seen.images, 0);
  assert.match(seen.title, /^shop\.mjs \d+$/);
  assert.ok(seen.text.includes("<img src="), "a name is shown as it is");
  assert.deepEqual(problems, []);
  await page.close();
}

async function isUsed(browser, url) {
  const { page } = await opened(browser, VIEWS[0], url);
  const textOf = (id) => page.evaluate((part) => document.getElementById(part).innerText, id);
  await page.waitForFunction(() => document.getElementById("tree").children.length > 3);
  await page.fill("#filter", "HeartBeat");
  await page.waitForFunction(() => document.getElementById("tree").children.length === 1);
  assert.match(await textOf("tree"), /service heartbeat/);
  await page.click("#hold");
  assert.equal(await textOf("state"), "held");
  assert.equal(await textOf("hold"), "Go on");
  await page.click("#hold");
  await page.waitForFunction(() => document.getElementById("state").innerText === "live");
  await page.close();
}

async function isLeft(browser, url, child) {
  const { page } = await opened(browser, VIEWS[0], url);
  await page.waitForFunction(() => document.getElementById("state").innerText === "live");
  const ended = once(child, "exit");
  child.kill();
  await ended;
  await page.waitForFunction(() => /lost|gone/.test(document.getElementById("state").innerText));
  await page.close();
}

/** Runs in the page. */
function lookAround() {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const { scrollWidth, clientWidth } = document.documentElement;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--thread");
  const bars = [1, 3, 5].map((at) => Number.parseInt(colour.trim().slice(at, at + 2), 16));
  const isBar = (_, at) => at % 4 === 0 && bars.every((value, index) => data[at + index] === value);
  return {
    bars: data.filter(isBar).length,
    overflow: scrollWidth - clientWidth,
    light: getComputedStyle(document.body).backgroundColor.match(/\d+/g)[0] > 128,
    images: document.images.length,
    text: document.getElementById("tree").textContent,
    title: document.title,
  };
}
