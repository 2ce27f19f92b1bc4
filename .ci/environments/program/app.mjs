// What is to work wherever the library is, in as many checks; writes what each has given to the file that RESULTS names.
import { writeFileSync } from "node:fs";
import { sep } from "node:path";
import { isMainThread } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import escapeStringRegexp from "escape-string-regexp";
import ms from "ms";
import * as skein from "skein";
import { declared } from "./declared.mjs";
import { half } from "./local.mjs";

const {
  callback,
  defaultThreadpool,
  failAfter,
  invoke,
  iterateInThreadpool,
  resolveDependencies,
  runInThreadpool,
  sleep,
  taskGroup,
} = skein;
const two = 2;
const double = (n) => n * two;

const checks = {
  group: () => taskGroup(async (group) => (await group.spawn(async () => 20)) + 22),
  failAfter: () => failAfter(1, (scope) => sleep(60_000, scope)).catch(({ name }) => name),
  builtIn: async () => (await runInThreadpool(gzipSync, "text")).subarray(0, 2).toString("hex"),
  pureFunction: () => runInThreadpool((a, b) => a * b, 6, 7),
  constant: () => runInThreadpool((n) => n * two, 21),
  importOfNode: () => runInThreadpool(() => sep),
  constantOfNode: () => runInThreadpool(() => isMainThread),
  import: () => runInThreadpool((n) => half(n), 84),
  function: () => runInThreadpool((n) => double(n), 21),
  commonJsPackage: () => runInThreadpool((text) => ms(text), "1s"),
  esPackage: () => runInThreadpool((text) => escapeStringRegexp(text), "a.b"),
  exportItself: () => runInThreadpool(escapeStringRegexp, "a.b"),
  threaded: () => declared(14),
  callback: () =>
    runInThreadpool(
      (ask) => ask(41),
      callback(async (n) => n + 1),
    ),
  async iterate() {
    const items = [];
    for await (const item of iterateInThreadpool(function* () {
      yield* [1, two];
    }))
      items.push(item);
    return items.join();
  },
  invoke: () => invoke((n) => n * two, 21),
  async resolve() {
    const base = skein.provide(async () => 21);
    const twice = skein.provide({ base }, ({ base: value }) => value * two);
    return (await resolveDependencies({ twice })).twice;
  },
};

async function main() {
  const results = {};
  for (const [name, check] of Object.entries(checks)) {
    results[name] = await Promise.resolve()
      .then(check)
      .catch((error) => `${error.name}: ${error.message}`);
  }
  writeFileSync(process.env["RESULTS"] ?? "results.json", JSON.stringify(results));
  await defaultThreadpool().close();
}

void main();
