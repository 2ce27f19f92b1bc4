// A caller that has calls of others beside it: `node listener.mjs ours|bare SOCKET LANES`. It tells what it needs of the processor when asked.
import { QueueEvents } from "bullmq";
import { BullMQExecutor } from "skein/bullmq";
import { square } from "./jobs.mjs";

const [, , kind, path, lanes] = process.argv;
process.once("disconnect", () => process.exit());
if (kind === "bare") {
  const events = new QueueEvents("bare", { connection: { path, maxRetriesPerRequest: null } });
  await events.waitUntilReady();
} else {
  const remote = new BullMQExecutor({
    queue: "ours",
    connection: { path },
    replyLanes: Number(lanes),
  });
  await remote.run(square, [1]);
}
process.on("message", () => process.send(process.cpuUsage()));
process.send("ready");
