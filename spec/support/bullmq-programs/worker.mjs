// A worker process: `node worker.mjs OPTIONS`, options of `BullMQWorker` as JSON. It ends with its spec, however that ends.
import "./jobs.mjs";
import "skein/testing/executor";
import { subscribe } from "node:diagnostics_channel";
import { main } from "skein";
import { BullMQWorker } from "skein/bullmq";

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
subscribe("tracing:skein:remote:start", (event) => process.send({ run: event }));

const { more, ...options } = JSON.parse(process.argv[2]);
if (more !== undefined) await import(more);
await main(
  async (scope) => {
    const worker = new BullMQWorker(options);
    process.send({ serves: process.pid });
    await worker.serve(scope);
  },
  { graceMs: 30_000 },
);
process.removeAllListeners("disconnect");
process.disconnect();
