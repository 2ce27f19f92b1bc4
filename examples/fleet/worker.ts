// A worker process: `node worker.js SOCKET`.
import "./jobs.ts";
import { main } from "skein";
import { BullMQWorker } from "skein/bullmq";
import { QUEUE } from "./queue.ts";

// It is not to outlive the program that has started it.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

await main(async (scope) => {
  const connection = { path: process.argv[2]! };
  await using worker = new BullMQWorker({
    queue: QUEUE,
    connection,
    threads: 1,
    lockMs: 2_000,
    stalledMs: 500,
  });
  await worker.serve(scope);
});
