import { runCall } from "./worker/run-call.ts";
import { WorkerThread } from "./worker/worker-thread.ts";
import type { ThreadStart } from "./pool/protocol.ts";

/** The program inside a worker thread: what the pool below calls, once. It goes on after that has heard of its end. */
export default function start(given: ThreadStart): void {
  setImmediate(() => void new WorkerThread(given).serve(runCall));
}
