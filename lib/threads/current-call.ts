/** What runs in this worker thread at this moment. */
export interface CurrentCall {
  asksIfCancelled(): boolean;
  progress(value: unknown): void;
}

/** What marks a thread as a worker of a pool. */
export interface WorkerState {
  current: CurrentCall | undefined;
}

/**
 * The state hangs on `globalThis`, so that every copy of this module that a thread may hold (built and unbuilt,
 * bundled, shipped with a closure) sees the same call.
 */
const key: unique symbol = Symbol.for("skein.worker") as never;
const holder = globalThis as { [key]?: WorkerState };

/** Makes this thread a worker of a pool. */
export function enterWorker(): WorkerState {
  return (holder[key] ??= { current: undefined });
}

export function currentCall(): CurrentCall | undefined {
  return holder[key]?.current;
}
