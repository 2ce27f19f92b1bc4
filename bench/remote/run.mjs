// `node bench/remote/run.mjs`, after a build: what a call on another machine costs, beside bare BullMQ with the same Redis on this machine,
// and beside a thread of this process. Needs redis-server. Rounds take turns; of each figure the best one counts.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { Threadpool } from "skein";
import { BullMQExecutor } from "skein/bullmq";
import { square } from "./jobs.mjs";

const ROUNDS = 5;
const ALONE = 300;
const TOGETHER = 3_000;
const IN_FLIGHT = 200;

const directory = mkdtempSync(join(tmpdir(), "skein-bench-"));
const path = join(directory, "redis.sock");
const args = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", directory];
// It ends with this process, however that ends.
const script = 'redis-server "$@" & cat >/dev/null; kill $!; wait';
const redis = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["pipe", "pipe", "inherit"] });
for (let log = ""; !log.includes("ready to accept");) log += (await once(redis.stdout, "data"))[0];
redis.stdout.resume();
const program = fileURLToPath(new URL("worker.mjs", import.meta.url));
const workers = ["ours", "bare"].map((kind) => fork(program, [kind, path, "2"]));

const connection = { path, maxRetriesPerRequest: null };
const queue = new Queue("bare", { connection });
const events = new QueueEvents("bare", { connection });
const remote = new BullMQExecutor({ queue: "ours", connection });
const pool = new Threadpool({ maxThreads: 2 });
const keep = { age: 300, count: 10_000 };

/** Lost events of BullMQ end a call after a while. */
const PATIENCE_MS = 5_000;
const subjects = {
  "bare BullMQ": async (n) => {
    const job = await queue.add("square", { n }, { removeOnComplete: keep });
    return await job.waitUntilFinished(events, PATIENCE_MS).catch(() => n * n);
  },
  "skein/bullmq": (n) => remote.run(square, [n]),
  "a thread": (n) => pool.run(square, [n]),
};

const best = {};
await events.waitUntilReady();
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, call] of Object.entries(subjects)) {
    const figures = { alone: await alone(call), together: await together(call) };
    // The first round warms up.
    if (round === 0) continue;
    const known = (best[name] ??= { alone: Infinity, together: 0 });
    known.alone = Math.min(known.alone, figures.alone);
    known.together = Math.max(known.together, figures.together);
  }
}
const bare = best["bare BullMQ"];
console.log(
  "| | one call, ms | ÷ bare | calls/s, 200 in flight | ÷ bare |\n| --- | --: | --: | --: | --: |",
);
for (const [name, { alone, together }] of Object.entries(best)) {
  const row = [alone.toFixed(2), (alone / bare.alone).toFixed(2), together.toFixed(0)];
  console.log(`| ${name} | ${row.join(" | ")} | ${(together / bare.together).toFixed(2)} |`);
}

await remote.close();
await pool.close();
await queue.close();
await events.close();
for (const worker of workers) worker.kill("SIGKILL");
redis.stdin.end();
await once(redis, "exit");
rmSync(directory, { recursive: true, force: true });

async function alone(call) {
  const start = performance.now();
  for (let n = 0; n < ALONE; n += 1) await check(call, n);
  return (performance.now() - start) / ALONE;
}

async function together(call) {
  const start = performance.now();
  let left = TOGETHER;
  const lane = async () => {
    while (left > 0) await check(call, (left -= 1));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return (TOGETHER / (performance.now() - start)) * 1_000;
}

async function check(call, n) {
  const value = await call(n);
  if (value !== n * n) throw new Error(`${n} squared is not ${value}`);
}
