// A caller in a process of its own, which is ended in the middle: `node caller.mjs SOCKET FILE`.
import { BullMQExecutor } from "skein/bullmq";
import { listen } from "./jobs.mjs";

const [, , path, file] = process.argv;
const options = { queue: "q", connection: { path }, leaseMs: 4_000 };
await new BullMQExecutor(options).run(listen, [file], { onProgress: () => process.send("begun") });
