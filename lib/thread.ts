import { parentPort } from "node:worker_threads";
import type { ThreadStart } from "./threads/pool/protocol.ts";
import { runCall } from "./threads/worker/run-call.ts";
import { WorkerThread } from "./threads/worker/worker-thread.ts";

// The program inside a worker thread. Imported elsewhere, as a bundler may have it, it does nothing.
parentPort?.once("message", (start: ThreadStart) => void new WorkerThread(start).serve(runCall));
