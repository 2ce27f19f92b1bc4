type WorkerThreads = typeof import("node:worker_threads");

let loaded: WorkerThreads | undefined;

/** Node's own module, loaded when the first thread is needed: a program that uses none does not pay for it. */
export function workerThreads(): WorkerThreads {
  return (loaded ??= process.getBuiltinModule("node:worker_threads"));
}
