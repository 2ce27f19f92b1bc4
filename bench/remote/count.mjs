// What repeats exactly of a call on another machine: how many commands Redis runs for it, those inside of BullMQ's scripts too. For
// `bench/guard.mjs`; the result goes to the parent as a message.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { BullMQExecutor } from "skein/bullmq";
import { square } from "./jobs.mjs";
import { startRedis } from "./redis.mjs";

const CALLS = 300;
/** A worker that has time looks into the empty queue, now and then twice a call: commands of a look, and the one that waits for the next. */
const COMMANDS_OF_LOOK = 8;

const redis = await startRedis();
const connection = { path: redis.path };
const program = fileURLToPath(new URL("worker.mjs", import.meta.url));
const worker = fork(program, ["ours", redis.path, "1"]);
const client = new Redis(connection);
// What is said by the clock is not said in the meantime.
const remote = new BullMQExecutor({ queue: "ours", connection, leaseMs: 1e9, sweepMs: 1e9 });

for (let n = 0; n < CALLS; n += 1) await remote.run(square, [n]);
const before = await commands();
for (let n = 0; n < CALLS; n += 1) await remote.run(square, [n]);
const count = ((await commands()) - before) / CALLS;

client.disconnect();
await remote.close();
worker.kill("SIGKILL");
await redis.stop();
process.send([{ name: "remote one call", commands: Number(count.toFixed(2)) }], () =>
  process.exit(),
);

async function commands() {
  const calls = {};
  for (const [, name, number] of (await client.info("commandstats")).matchAll(
    /^cmdstat_(\w+):calls=(\d+)/gm,
  )) {
    calls[name] = Number(number);
  }
  const { bzpopmin = 0 } = calls;
  const all = Object.values(calls).reduce((sum, number) => sum + number);
  return all - bzpopmin * COMMANDS_OF_LOOK;
}
