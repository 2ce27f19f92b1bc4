/**
 * Lets a contender run in a process of its own, for what would change the process of the others: once there is an
 * `AsyncLocalStorage` in use, every promise costs more on some versions of Node.
 *
 * This file is also the program of that process. It gets a module and the name of a function of it, and runs that
 * for each size that it is sent.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setImmediate } from "node:timers/promises";
import { Stopwatch } from "./stopwatch.mjs";

/** A run whose work and measuring happen in another process, which ends with this one. */
export function apart(module, name) {
  let child = null;
  return async (size, stopwatch) => {
    child ??= fork(fileURLToPath(import.meta.url), [module, name]);
    child.send(size);
    const [{ cpuNs, wallNs, error }] = await once(child, "message");
    if (error !== undefined) throw new Error(error);
    stopwatch.add(cpuNs, wallNs);
  };
}

async function serve(module, name) {
  const run = (await import(module))[name];
  for (;;) {
    const [size] = await once(process, "message");
    const stopwatch = new Stopwatch();
    try {
      globalThis.gc();
      await setImmediate();
      stopwatch.start();
      await run(size);
      stopwatch.stop();
      process.send({ cpuNs: stopwatch.cpuNs, wallNs: stopwatch.wallNs });
    } catch (error) {
      process.send({ error: error.stack });
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(...process.argv.slice(2));
