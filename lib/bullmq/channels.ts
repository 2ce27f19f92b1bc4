import { channel, tracingChannel } from "node:diagnostics_channel";
import type { OperationOutcome } from "../index.ts";

const errors = channel("skein:remote:error");
const runs = tracingChannel<RemoteRunEvent, RemoteRunEvent>("skein:remote");
const unanswered = channel("skein:remote:unanswered");

/**
 * What is published on the diagnostics channel `skein:remote:error` when Redis cannot be reached, or says no. Calls and
 * workers go on trying.
 *
 * @public
 */
export interface RemoteErrorEvent {
  readonly queue: string;
  readonly error: unknown;
}

/**
 * What is published on the diagnostics channel `skein:remote:unanswered` when a cancelled call settles without a word
 * of its worker: its function may run on.
 *
 * @public
 */
export interface RemoteUnansweredEvent {
  readonly queue: string;
  readonly name: string;
  readonly callId: string;
}

/**
 * What the tracing channel `skein:remote` of a worker tells of a call that it runs: the same object from its begin
 * until it has ended. Stores that are bound to its `start` are in force for the call, and where its context is
 * captured.
 *
 * @public
 */
export interface RemoteRunEvent extends Pick<OperationOutcome, "result" | "error"> {
  readonly queue: string;
  /** The name of the function. */
  readonly name: string;
  readonly callId: string;
  /** As the caller gave it. */
  readonly traceparent: string | undefined;
  /** The function's source is another one here than where it was called: two versions of the program are about. */
  readonly isOtherSource: boolean;
  /** It has been given to a worker before. */
  readonly isRerun: boolean;
}

export function runAnnounced<T>(event: RemoteRunEvent, run: () => Promise<T>): Promise<T> {
  return runs.tracePromise(run, event);
}

export function announceError(queue: string): (error: unknown) => void {
  return (error) => errors.publish({ queue, error } satisfies RemoteErrorEvent);
}

export function announceUnanswered(event: RemoteUnansweredEvent): void {
  unanswered.publish(event);
}
