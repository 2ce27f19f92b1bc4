/** What the threads of W10 run, the same for every contender; and, as the program of a bare worker, how it is served. */
import { parentPort, workerData } from "node:worker_threads";

export function same(value) {
  return value;
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

/** Says that it has begun, and never ends. */
export function spin(begun) {
  Atomics.store(new Int32Array(begun), 0, 1);
  for (;;);
}

export const tasks = { same, primesBelow, spin };

if (workerData?.serves === "raw") {
  parentPort.on("message", ([name, value]) => parentPort.postMessage(tasks[name](value)));
}
