import type { MessagePort, ResourceLimits, Worker } from "node:worker_threads";
import { NotSupportedError } from "../../errors.ts";
import { VERSION } from "../../errors/copies.ts";
import { SHARED_BYTES, type ThreadStart } from "./protocol.ts";
import { threadArguments } from "./thread-arguments.ts";
import { workerThreads } from "./worker-threads.ts";

/** Who hears of the end of a worker. */
interface ThreadHostEvents {
  /** The worker has thrown what nobody caught; it exits. */
  failed(error: unknown): void;
  exited(code: number): void;
}

/** A worker thread, as far as we need one. */
export interface ThreadHost {
  /** What it shares with us. */
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
  /** Its `threadId`. */
  readonly id: number;
  /** Tells of its end. */
  listen(events: ThreadHostEvents): void;
  /** Ends it from outside, now. */
  terminate(): void;
}

export type StartHost = () => ThreadHost;

/** @param program - the path of the file that they run */
export function hostStarter(
  program: string,
  resourceLimits: ResourceLimits | undefined,
): StartHost {
  const execArgv = threadArguments(process.execArgv);
  const options = {
    ...(execArgv === undefined ? {} : { execArgv }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  };
  return () => {
    const worker = new (workerThreads().Worker)(program, options);
    if (resourceLimits !== undefined) refuseWithoutLimits(worker);
    return new WorkerHost(worker);
  };
}

/** Bun takes the option and does nothing with it. */
function refuseWithoutLimits(worker: Worker): void {
  if (worker.resourceLimits !== undefined) return;
  void worker.terminate();
  throw new NotSupportedError(
    "This runtime does not bound the memory of a worker thread: leave `resourceLimits` out",
  );
}

class WorkerHost implements ThreadHost {
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(SHARED_BYTES);
  readonly port: MessagePort;
  readonly id: number;
  readonly #worker: Worker;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.id = worker.threadId;
    const { port1, port2 } = new (workerThreads().MessageChannel)();
    this.port = port1;
    const start: ThreadStart = { port: port2, shared: this.shared, version: VERSION };
    worker.postMessage(start, [port2]);
    // What keeps the process alive is a pending call.
    worker.unref();
  }

  listen(events: ThreadHostEvents): void {
    this.#worker.on("error", (error) => events.failed(error));
    this.#worker.once("exit", (code) => events.exited(code));
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}
