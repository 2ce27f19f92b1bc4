// Every way to carry a function, in an ECMAScript module. Prints what came back.
import { createHash } from "node:crypto";
import * as path from "node:path";
import { parse } from "acorn";
import { runInThreadpool, threaded } from "skein";
import { checkCancelled } from "skein/worker";
import { first, second } from "./declared.mjs";
import { add } from "./helpers.mjs";
import * as helpers from "./helpers.mjs";

const factor = 10;
const settings = { nested: { list: [1, 2, 3] }, at: new Date(0) };
const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));
class Vector {
  #x;
  constructor(x) {
    this.#x = x;
  }
  get length() {
    return Math.abs(this.#x);
  }
}
class Longer extends Vector {
  get length() {
    return super.length + factor;
  }
}
let started = 0;
started++;
const inEntry = threaded(import.meta, (n) => n * factor);

async function failure(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
}

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
    classes: await runInThreadpool(() => new Longer(-2).length),
    builtin: await runInThreadpool(() => createHash("sha1").update("x").digest("hex").slice(0, 8)),
    namespace: await runInThreadpool(() => path.posix.join("a", "b")),
    imported: await runInThreadpool((n) => add(n) + helpers.add(n), 1),
    package: await runInThreadpool((code) => parse(code, { ecmaVersion: 2020 }).type, "1"),
    own: await runInThreadpool(() => checkCancelled() ?? "not cancelled"),
    relative: await runInThreadpool(async () => (await import("./helpers.mjs")).add(1)),
    bare: await runInThreadpool(async () => typeof (await import("acorn")).parse),
    declared: [await first(1), await second(2)],
    declaredInEntry: await inEntry(3),
    byName: await runInThreadpool(Math.max, 3, 7),
    refused: refused?.code,
    thrown: [thrown?.name, /^ {4}at .*$/m.test(thrown?.stack ?? "")],
    line: /everything\.mjs:(\d+):\d+/.exec(thrown?.stack ?? "")?.[1],
  }),
);
