import { inCommon } from "../errors/copies.ts";

/** What runs in this worker thread at this moment. */
export interface CurrentCall {
  readonly callId: string;
  asksIfCancelled(): boolean;
  progress(value: unknown): void;
}

/** What runs in this thread, told to all copies of this module. */
export interface WorkerState {
  current: CurrentCall | undefined;
}

const idle = (): WorkerState => ({ current: undefined });

/** What this thread is to say of its calls, if it is a worker of a pool. */
export function enterWorker(): WorkerState {
  return inCommon("worker", idle);
}

/** Asked for anew each time, so that it is found also by a function that was shipped with a closure. */
export function currentCall(): CurrentCall | undefined {
  return inCommon("worker", idle).current;
}
