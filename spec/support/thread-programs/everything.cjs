// Every way to carry a function, in a CommonJS module that is not strict. Prints what came back.
const { createHash } = require("node:crypto");
const path = require("node:path");
const acorn = require("acorn");
const { runInThreadpool, threaded } = require("skein");
const declared = require("./declared.cjs");
const helpers = require("./helpers.cjs");

const factor = 10;
const settings = { nested: { list: [1, 2, 3] }, at: new Date(0) };
const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
const scale = threaded(module, (n) => n * factor);
let started = 0;
started++;

async function failure(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
}

async function main() {
  const thrown = await failure(() =>
    runInThreadpool(() => {
      const nothing = null;
      return nothing.x;
    }),
  );
  const refused = await failure(() => runInThreadpool(() => ++started));
  console.log(
    JSON.stringify({
      plain: await runInThreadpool((a, b) => a + b, 1, 2),
      constant: await runInThreadpool((n) => n * factor + started, 4),
      data: await runInThreadpool(() => [settings.nested.list.length, settings.at.getTime()]),
      recursion: await runInThreadpool(() => factorial(5)),
      builtin: await runInThreadpool(() =>
        createHash("sha1").update("x").digest("hex").slice(0, 8),
      ),
      namespace: await runInThreadpool(() => path.posix.join("a", "b")),
      imported: await runInThreadpool((n) => helpers.add(n), 1),
      package: await runInThreadpool((code) => acorn.parse(code, { ecmaVersion: 2020 }).type, "1"),
      required: await runInThreadpool(() => require("./helpers.cjs").add(1)),
      relative: await runInThreadpool(async () => (await import("./helpers.mjs")).add(1)),
      directory: (await runInThreadpool(() => __dirname)) === __dirname,
      sloppy: await runInThreadpool(function () {
        return (function () {
          return typeof this;
        })();
      }),
      declared: [await declared.first(1), await declared.second(2)],
      declaredInEntry: await scale(3),
      refused: refused?.code,
      thrown: thrown?.name,
      line: /everything\.cjs:(\d+):\d+/.exec(thrown?.stack ?? "")?.[1],
    }),
  );
}

void main();
