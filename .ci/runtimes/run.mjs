// The core where there is no Node, or more than Node: `node .ci/runtimes/run.mjs` needs a build. The installed package, in what
// each bundler makes of it without being told anything, and the specs of the core, in browsers, Deno, Bun and workerd; threads in
// browsers; and the page that a process serves, in Chromium.
// Prints what fails, and `N passed, N failed` at the end.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePage, bundlers } from "./bundlers.mjs";
import { bundleSpecs } from "./bundle.mjs";
import { checkPage } from "./page.mjs";
import { checkSearch } from "./search.mjs";
import { checkThreads } from "./threads.mjs";
import { inBrowser, inProcess, inWorkerd } from "./places.mjs";
import { installLibrary } from "../library.mjs";
import { browsers, installBrowser } from "./browsers.mjs";
import { binaries, installPackages, project } from "./project.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));

/** Tests that are about something else than the core, each with the reason. */
const leaveOut = {
  "does not fire early beyond 2^31": "listens to warnings of the process",
  "warns when it fails after all": "listens to warnings of the process",
  "leaves no rejection behind if nobody waits": "listens to rejections of the process",
  "tells where each provider was declared": "is about the files that a bundle is made of",
  "the stack of an error >": "reads the stacks of V8",
  "in the empty schedule: sleep(5)": "compares with what the real clock does on a busy machine",
};
const seenByNobody = {
  "the task tree > names what combinators run": "the task tree is empty in workerd",
};

let passed = 0;
let failed = 0;

install();
const specs = async (condition, more) => {
  const text = await bundleSpecs(project, condition, { ...leaveOut, ...more });
  const file = join(project, `specs-${condition}.mjs`);
  writeFileSync(file, text);
  return file;
};

for (const browser of Object.keys(browsers)) {
  if (!installBrowser(browser)) {
    console.log(`skipped ${browser}, which cannot be installed here`);
    continue;
  }
  const isFirst = browser === "Chromium";
  for (const bundler of isFirst ? bundlers : bundlers.slice(0, 1)) {
    const page = await bundlePage(project, bundler);
    refuseNode(bundler, page);
    await count(`the package in ${browser}, by ${bundler}`, () =>
      inBrowser(browser, page, "check(true, false)"),
    );
  }
  await count(`threads in ${browser}`, () => checkThreads(browser, project));
  if (isFirst) {
    await count("the search of examples/browser in Chromium", () => checkSearch(project));
    await count("the page of a process in Chromium", checkPage);
  }
  // They run on its engine in Bun.
  if (browser === "WebKit") continue;
  const file = await specs("browser");
  await count(`specs in ${browser}`, () => inBrowser(browser, file, "run()"));
}
for (const name of ["deno", "bun"]) {
  const binary = binaries[name];
  await count(`the package in ${name}`, () =>
    inProcess(project, binary, join(project, "page.mjs"), "check(true, true)"),
  );
  const file = await specs("node");
  await count(`specs in ${name}`, () => inProcess(project, binary, file, "run()"));
}
const workerd = createRequire(join(project, "package.json"))("workerd").default;
const worker = await bundlePage(project, "esbuild for workerd");
refuseNode("esbuild for workerd", worker);
await count("the package and two requests in workerd", () =>
  inWorkerd(workerd, project, worker, ["/check", "/leave", "/wait"]),
);
const file = await specs("workerd", seenByNobody);
await count("specs in workerd", () => inWorkerd(workerd, project, file, ["/specs"]));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function count(what, run) {
  const start = performance.now();
  const outcome = await run().catch((error) => ({
    passed: 0,
    failed: [{ test: what, error: error.stack }],
  }));
  passed += outcome.passed;
  failed += outcome.failed.length;
  const seconds = Math.round((performance.now() - start) / 1_000);
  console.log(`${what}: ${outcome.passed} passed, ${outcome.failed.length} failed (${seconds} s)`);
  for (const { test, error } of outcome.failed) console.log(`failed: ${test}\n${error}`);
  if (outcome.passed === 0 && outcome.failed.length === 0) failed++;
}

/** Without its comments, which may speak of anything. */
function refuseNode(bundler, file) {
  const { transformSync } = createRequire(join(project, "package.json"))("esbuild");
  const files = readdirSync(dirname(file)).filter((name) => name.endsWith(".js"));
  const found = files.flatMap((name) => {
    const text = readFileSync(join(dirname(file), name), "utf8");
    const { code } = transformSync(text, { minify: true });
    return code.match(/\b(from|import|require)\b\s*\(?["']node:[\w/]+/g) ?? [];
  });
  if (found.length === 0) return;
  failed++;
  console.log(`failed: what ${bundler} makes for browsers asks for Node: ${found.join(", ")}`);
}

/** The packages stay in the temporary directory; the library is what has been built. */
function install() {
  installPackages();
  for (const file of readdirSync(join(here, "program"))) {
    cpSync(join(here, "program", file), join(project, file));
  }
  installLibrary(project);
}
