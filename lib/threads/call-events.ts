import { operations } from "../host.ts";
import type { Context, OperationStatus, OperationOutcome } from "../host/contract.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { now } from "../scope/timers.ts";

/**
 * What the tracing channel `skein:thread` tells of a call in a thread, or of another executor: the same object from when it joins
 * the queue, which is its `start`, until it has ended. Each step of an iteration is one. Stores that are bound to its `start` are
 * in force in its callbacks and in `onProgress`, and where its context is captured.
 *
 * @public
 */
export interface ThreadCallEvent extends OperationOutcome {
  readonly name: string;
  /** What it was called under. */
  readonly scope: CancelScope | undefined;
}

const calls = /* @__PURE__ */ operations<ThreadCallEvent>("skein:thread", now);

export function announceOffload(call: object, name: string, scope: CancelScope | null): void {
  if (calls.hasSubscribers) calls.begin(call, { name, scope: scope ?? undefined });
}

export function announceReturn(call: object, status: OperationStatus, content: unknown): void {
  if (calls.areOpen) calls.settle(call, status, content);
}

/**
 * Calls a function that is a part of the call, with the stores of those who trace it.
 *
 * @param otherwise - its context if nobody does; without one it is the present one
 */
export function withinCall<R>(call: object, fn: () => R, otherwise?: Context): R {
  return calls.within(call, fn, otherwise);
}
