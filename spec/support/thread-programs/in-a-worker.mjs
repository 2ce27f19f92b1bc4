// Runs the other program inside a worker thread, where the inspector is that of the worker.
import { Worker } from "node:worker_threads";

new Worker(new URL("everything.mjs", import.meta.url));
