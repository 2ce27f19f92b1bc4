/** What W10 has as its floor: bare workers, with the least around them. */
import { Worker } from "node:worker_threads";

const tasks = new URL("../harness/thread-tasks.mjs", import.meta.url);

/** A bare worker: messages there and back in order, and nothing around them. It starts with its first call. */
export class RawThread {
  #worker;
  #waiting = [];

  run(name, value, moved) {
    this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage([name, value], moved);
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

/** Bare workers and a queue: the next call goes to a worker that has none. */
export class RawThreads {
  #free;
  #queue = [];

  constructor(count) {
    this.#free = Array.from({ length: count }, () => new RawThread());
  }

  run(name, value) {
    return new Promise((resolve) => {
      this.#queue.push({ name, value, resolve });
      this.#next();
    });
  }

  #next() {
    if (this.#free.length === 0 || this.#queue.length === 0) return;
    const thread = this.#free.pop();
    const { name, value, resolve } = this.#queue.shift();
    void thread.run(name, value).then((result) => {
      this.#free.push(thread);
      this.#next();
      resolve(result);
    });
  }
}
