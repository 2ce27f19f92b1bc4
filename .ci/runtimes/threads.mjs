// Threads in pages of a browser: one that is isolated from other origins, so that it shares memory with its workers, and one that
// is not; with the library's own worker, and with one that a bundler has made; and what a Content-Security-Policy makes of it.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { browsers } from "./browsers.mjs";

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
export async function checkThreads(name, project) {
  const { build } = createRequire(join(project, "package.json"))("esbuild");
  await build({
    entryPoints: ["threads.mjs", "thread.mjs"].map((name) => join(project, name)),
    bundle: true,
    format: "esm",
    // For browsers that do not know `using`.
    target: "es2022",
    outdir: join(project, "threads"),
    logLevel: "error",
  });
  return browsers[name].withPages(async (evaluate) => {
    const outcome = { passed: 0, failed: [] };
    for (const { headers, call } of CHECKS) {
      const { passed, failed } = await inPage(evaluate, join(project, "threads"), headers, call);
      const where = Object.keys(headers).at(-1) ?? "no headers";
      outcome.passed += passed;
      for (const { test, error } of failed)
        outcome.failed.push({ test: `${where}: ${test}`, error });
    }
    return outcome;
  });
}

async function inPage(evaluate, folder, headers, call) {
  const server = createServer(({ url }, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (url === "/") return respond(response, "text/html", "<!doctype html><title>skein</title>");
    if (!/^\/threads?\.js$/.test(url)) return response.writeHead(404).end();
    respond(response, "text/javascript", readFileSync(join(folder, basename(url))));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = `http://127.0.0.1:${server.address().port}/`;
    return await evaluate(address, `import("/threads.js").then((module) => module.${call})`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function respond(response, type, content) {
  response.setHeader("content-type", type);
  response.end(content);
}
