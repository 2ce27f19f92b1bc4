/**
 * What the threads of W10 run, the same for every contender; and, as the program of a bare worker, how it is served.
 * No function uses anything of this module, so that those who send it as text can.
 */
import { parentPort, workerData } from "node:worker_threads";

export function same(value) {
  return value;
}

export function next(value) {
  return value + 1;
}

/** Some milliseconds of arithmetic; returns how many primes there are below `limit`. */
export function primesBelow(limit) {
  let primes = 0;
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) primes++;
  }
  return primes;
}

/** Computes for so many milliseconds by the clock. */
export function busyFor(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

/** Blocks its thread, as a synchronous driver does that waits for a database. */
export function blockFor(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
}

/** Blocks its thread until a child process has ended. */
export function blockOnProcess(ms) {
  process.getBuiltinModule("node:child_process").execFileSync("sleep", [String(ms / 1_000)]);
  return ms;
}

/** Says that it has begun, and never ends. */
export function spin(begun) {
  Atomics.store(new Int32Array(begun), 0, 1);
  for (;;);
}

export const tasks = { same, next, primesBelow, busyFor, blockFor, blockOnProcess, spin };

if (workerData?.serves === "raw") {
  parentPort.on("message", ([name, value]) => {
    if (name === "moved") parentPort.postMessage(value, [value]);
    else parentPort.postMessage(tasks[name](value));
  });
}
