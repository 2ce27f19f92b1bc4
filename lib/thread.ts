import { parentPort } from "node:worker_threads";
import { VERSION } from "./errors/copies.ts";
import type { ThreadStart } from "./threads/pool/protocol.ts";
import { runCall } from "./threads/worker/run-call.ts";
import { WorkerThread } from "./threads/worker/worker-thread.ts";

// The program inside a worker thread. Imported elsewhere, as a bundler may have it, it does nothing.
parentPort?.once("message", (start: ThreadStart) => {
  if (start.version !== VERSION) {
    throw new Error(
      `its program is that of skein ${VERSION}, while the pool is of skein ${start.version}: bundle or copy \`skein/thread\` anew`,
    );
  }
  void new WorkerThread(start).serve(runCall);
});
