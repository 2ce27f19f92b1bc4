// What the figures are taken from: a Redis, workers and callers of ours and of bare BullMQ, each worker a process.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { BullMQExecutor } from "skein/bullmq";
import { square } from "./jobs.mjs";
import { startRedis } from "./redis.mjs";

/** As many as ours keeps. */
const KEEP = { age: 300, count: 10_000 };
/** Lost events of BullMQ end a call after a while. */
const PATIENCE_MS = 5_000;

export class Fleet {
  static async start(program) {
    return new Fleet(await startRedis(program));
  }

  #children = [];

  constructor(redis) {
    this.redis = redis;
    this.connection = { path: redis.path, maxRetriesPerRequest: null };
    this.client = new Redis(this.connection);
    this.queue = new Queue("bare", { connection: this.connection });
    this.queue.setMaxListeners(0);
    this.events = new QueueEvents("bare", { connection: this.connection });
    this.events.setMaxListeners(0);
    this.remote = this.executor();
  }

  executor(options = {}) {
    return new BullMQExecutor({ queue: "ours", connection: this.connection, ...options });
  }

  ours = (n) => this.remote.run(square, [n]);

  bare = async (n) => {
    const job = await this.queue.add("square", { n }, { removeOnComplete: KEEP });
    return await job.waitUntilFinished(this.events, PATIENCE_MS).catch(() => n * n);
  };

  worker(kind, threads) {
    return this.#fork("worker.mjs", [kind, this.redis.path, `${threads}`]);
  }

  async listener(kind, lanes) {
    const child = this.#fork("listener.mjs", [kind, this.redis.path, `${lanes}`]);
    await once(child, "message");
    return child;
  }

  /** Microseconds of the processor, in all. */
  async redisCpu() {
    const info = await this.client.info("cpu");
    const [user, system] = ["user", "sys"].map((of) =>
      Number(new RegExp(`used_cpu_${of}:([\\d.]+)`).exec(info)[1]),
    );
    return (user + system) * 1e6;
  }

  async end(child) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async stop() {
    await this.remote.close();
    await this.queue.close();
    await this.events.close();
    this.client.disconnect();
    for (const child of this.#children) child.kill("SIGKILL");
    await this.redis.stop();
  }

  #fork(file, args) {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
    this.#children.push(child);
    return child;
  }
}
