/**
 * The library with a fault, for the self-test: `--library` takes this file, with the fault's name behind a `?`. From its
 * tenth call on a pool does it now and then.
 */
import { Worker } from "node:worker_threads";
import * as skein from "skein";

export * from "skein";

const fault = new URL(import.meta.url).search.slice(1);
const FIRST = 10;
const EVERY = 7;
let calls = 0;

/** What becomes of a call; `again` makes it once more. */
const ofCalls = {
  lost: () => new Promise(() => {}),
  wrong: (result) => result.then(() => "something else"),
  twice: async (result, again) => {
    const value = await result;
    await again();
    return value;
  },
  afterwards: (result, again) => {
    result.catch(() => {}).finally(() => void again().catch(() => {}));
    return result;
  },
  failing: async (result) => {
    await result;
    throw new skein.WorkerExitedError("planted", 1);
  },
  permit: (result, _again, pool) => {
    pool.limiter?.tryAcquire();
    return result;
  },
  rejection: (result) => {
    void Promise.reject(new Error("planted"));
    return result;
  },
  burning: (result) => {
    if (calls === FIRST + 4) new Worker("for (;;);", { eval: true }).unref();
    return result;
  },
  blocking: () => {
    for (;;);
  },
  crashing: () => process.abort(),
  lingering: (result) => {
    setInterval(() => {}, 1000);
    return result;
  },
};

export class Threadpool extends skein.Threadpool {
  constructor(options = {}) {
    super(options);
    this.limiter = options.limiter;
  }

  run(fn, args, options) {
    const result = super.run(fn, args, options);
    calls += 1;
    if (calls < FIRST || calls % EVERY !== 0 || !(fault in ofCalls)) return result;
    result.catch(() => {});
    return ofCalls[fault](result, () => super.run(fn, args, {}), this);
  }

  async close() {
    await super.close();
    if (fault === "closing") await new Promise(() => {});
  }

  async destroy(reason) {
    await super.destroy(reason);
    if (fault === "closing") await new Promise(() => {});
  }
}
