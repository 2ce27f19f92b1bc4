/**
 * The thread pools that ours is measured beside, each as its documentation tells, behind one shape:
 * `run(name of a task, value, signal)`.
 */
import { Worker } from "node:worker_threads";
import { rival } from "./rival.mjs";

const tasks = new URL("../harness/thread-tasks.mjs", import.meta.url);

/** A bare worker: messages there and back in order, and nothing around them. It starts with its first call. */
export class RawThread {
  #worker;
  #waiting = [];

  run(name, value) {
    this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage([name, value]);
    });
  }

  #start() {
    const worker = new Worker(tasks, { workerData: { serves: "raw" } });
    worker.on("message", (value) => this.#waiting.shift()(value));
    return worker;
  }

  /** Ends its thread; the next call gets a new one. */
  async terminate() {
    this.#waiting = [];
    await this.#worker.terminate();
    this.#worker = undefined;
  }

  unref() {
    this.#worker.unref();
  }
}

async function tinypool(threads) {
  const { Tinypool } = await rival("tinypool");
  const pool = new Tinypool({
    filename: tasks.href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: 60_000,
  });
  return { run: (name, value, signal) => pool.run(value, { name, signal: signal ?? null }) };
}

async function piscina(threads) {
  const { Piscina } = await rival("piscina");
  const pool = new Piscina({
    filename: tasks.href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: 60_000,
  });
  return { run: (name, value, signal) => pool.run(value, { name, signal: signal ?? null }) };
}

async function workerpool(threads) {
  const { default: library } = await rival("workerpool");
  const script = new URL("workerpool-script.mjs", import.meta.url).pathname;
  const pool = library.pool(script, {
    minWorkers: threads,
    maxWorkers: threads,
    workerType: "thread",
  });
  return {
    run(name, value, signal) {
      const promise = pool.exec(name, [value]);
      signal?.addEventListener("abort", () => void promise.cancel(), { once: true });
      return promise;
    },
    end: () => pool.terminate(),
  };
}

export const pools = { tinypool, piscina, workerpool };

/** The rivals of a workload: `measure(pool)` gives what is run. */
export function rivalPools(threads, measure) {
  return Object.entries(pools).map(([name, open]) => ({
    name,
    make: async () => measure(await open(threads)),
  }));
}
