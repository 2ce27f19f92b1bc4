// A worker of ours, or a bare one of BullMQ: `node worker.mjs ours|bare SOCKET THREADS`.
import { Worker } from "bullmq";
import { main } from "skein";
import { BullMQWorker } from "skein/bullmq";
import "./jobs.mjs";

const [, , kind, path, size] = process.argv;
const threads = Number(size);
process.once("disconnect", () => process.exit());
if (kind === "ours") {
  const worker = new BullMQWorker({ queue: "ours", connection: { path }, threads });
  await main((scope) => worker.serve(scope));
} else {
  const connection = { path, maxRetriesPerRequest: null };
  new Worker("bare", async ({ data }) => data.n * data.n, { connection, concurrency: threads });
}
