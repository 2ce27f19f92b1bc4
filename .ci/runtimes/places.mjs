// Runs a module's export in a runtime, and gives what it resolves with.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { browsers } from "./browsers.mjs";
import { freePort, listening } from "./ports.mjs";

const TIMEOUT_MS = 240_000;
/** @param call - of an export, as text */
export async function inBrowser(name, file, call) {
  const server = createServer(({ url }, response) => {
    const isModule = /\.m?js$/.test(url);
    response.setHeader("content-type", isModule ? "text/javascript" : "text/html");
    // What a bundle loads later is beside it.
    const content = isModule && readFileSync(join(dirname(file), basename(url)));
    response.end(content || "<!doctype html><title>skein</title>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = `http://127.0.0.1:${server.address().port}/`;
    const expression = `import("/${basename(file)}").then((module) => module.${call})`;
    return await browsers[name].withPages((evaluate) => evaluate(address, expression));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

export async function inProcess(project, binary, file, call) {
  const program = join(project, `run-${basename(file)}`);
  writeFileSync(
    program,
    `import * as module from ${JSON.stringify(pathToFileURL(file).href)};\n` +
      `const outcome = await module.${call};\n` +
      `process.stdout.write("\\n" + JSON.stringify(outcome) + "\\n", () => process.exit(0));\n`,
  );
  const args = basename(binary).startsWith("deno") ? ["run", "-A", program] : [program];
  const options = { cwd: project, timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 };
  const { stdout } = await promisify(execFile)(binary, args, options);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * Sends requests to one worker, one after another.
 *
 * @param paths - one that answers with an outcome counts as that, any other as one that passed if it answers in time
 */
export async function inWorkerd(binary, project, file, paths) {
  const port = await freePort();
  const entry = join(project, "entry.mjs");
  const isWorker = !paths.includes("/specs");
  writeFileSync(
    entry,
    isWorker
      ? `export { default } from "worker.js";\n`
      : `import { run } from "worker.js";\nexport default { fetch: async () => Response.json(await run()) };\n`,
  );
  writeFileSync(
    join(project, "workerd.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "entry.mjs", esModule = embed "entry.mjs"),
    (name = "worker.js", esModule = embed "${relative(project, file)}"),
  ],
  compatibilityDate = "2026-07-01",
);
`,
  );
  const server = spawn(binary, ["serve", "workerd.capnp"], { cwd: project, stdio: "ignore" });
  try {
    await listening(port);
    const outcome = { passed: 0, failed: [] };
    for (const path of paths) {
      const limit = path === "/specs" ? TIMEOUT_MS : 20_000;
      try {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          signal: AbortSignal.timeout(limit),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(text);
        if (text.startsWith("{")) {
          const { passed, failed } = JSON.parse(text);
          outcome.passed += passed;
          outcome.failed.push(...failed);
        } else {
          outcome.passed++;
        }
      } catch (error) {
        outcome.failed.push({ test: `request ${path}`, error: error.stack });
      }
    }
    return outcome;
  } finally {
    server.kill();
  }
}
