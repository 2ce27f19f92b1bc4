/**
 * The thread pools that ours is measured beside, each as its documentation tells, behind one shape:
 * `run(name of a task, value)`, and with a signal where it can end what runs. Without a number of threads a pool has
 * as many as it takes by default.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { nodeMajor } from "../harness/machine.mjs";
import { tasks } from "../harness/thread-tasks.mjs";
import { rival } from "./rival.mjs";

const file = new URL("../harness/thread-tasks.mjs", import.meta.url);
const script = (name) => new URL(`${name}-script.mjs`, import.meta.url);

async function tinypool(threads) {
  const { Tinypool } = await rival("tinypool");
  const pool = new Tinypool({ filename: file.href, ...sizes(threads), idleTimeout: 60_000 });
  return { run: (name, value, signal) => pool.run(value, { name, signal: signal ?? null }) };
}

async function piscina(threads) {
  const { Piscina } = await rival("piscina");
  const pool = new Piscina({ filename: file.href, ...sizes(threads), idleTimeout: 60_000 });
  return { run: (name, value, signal) => pool.run(value, { name, signal: signal ?? null }) };
}

function sizes(threads) {
  return threads === undefined ? {} : { minThreads: threads, maxThreads: threads };
}

async function workerpool(threads) {
  const { default: library } = await rival("workerpool");
  const pool = library.pool(fileURLToPath(script("workerpool")), {
    ...(threads === undefined ? {} : { minWorkers: threads, maxWorkers: threads }),
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

async function poolifier(threads) {
  const { FixedThreadPool, availableParallelism } = await rival("poolifier");
  const pool = new FixedThreadPool(
    threads ?? availableParallelism(),
    fileURLToPath(script("poolifier")),
  );
  return { run: (name, value) => pool.execute(value, name) };
}

/** One worker has no queue for the others, so they take turns. */
async function comlink(threads = 1) {
  const { wrap } = await rival("comlink");
  const { default: endpoint } = await rival("comlink/dist/esm/node-adapter.mjs");
  const workers = Array.from({ length: threads }, () =>
    wrap(endpoint(new Worker(script("comlink")))),
  );
  let turn = 0;
  return { run: (name, value) => workers[turn++ % threads][name](value) };
}

async function jestWorker(threads) {
  const { Worker: JestWorker } = await rival("jest-worker");
  const pool = new JestWorker(file, {
    enableWorkerThreads: true,
    exposedMethods: Object.keys(tasks),
    ...(threads === undefined ? {} : { numWorkers: threads }),
  });
  return { run: (name, value) => pool[name](value) };
}

/** It sends a function as text, as ours does; there is one pool in a process. */
async function multithreading(threads) {
  const { initRuntime, move, spawn } = await rival("multithreading");
  initRuntime(threads === undefined ? {} : { maxWorkers: threads });
  return {
    async run(name, value) {
      const { ok, value: result, error } = await spawn(move(value), tasks[name]).join();
      if (!ok) throw error;
      return result;
    },
  };
}

export const pools = {
  tinypool,
  piscina,
  workerpool,
  poolifier,
  comlink,
  "jest-worker": jestWorker,
  multithreading,
};

/** Those that end the thread of a function that does not listen. */
export const killers = ["tinypool", "piscina", "workerpool"];

/** `Promise.withResolvers`, which it uses, is not in Node 20. */
const needs = { multithreading: 22 };

/**
 * The rivals of a workload: `measure(pool)` gives what is run. Those not in `selected` are measured with `--full` only.
 */
export function rivalPools(threads, measure, { of = Object.keys(pools), selected = killers } = {}) {
  return of.map((name) => ({
    name,
    slow: !selected.includes(name),
    missing: () => (nodeMajor() < needs[name] ? `it needs Node ${needs[name]}` : undefined),
    make: async () => measure(await pools[name](threads)),
  }));
}
