import { channel, operations } from "../host.ts";
import type { Context, OperationStatus, OperationOutcome } from "../host/contract.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { now } from "../scope/timers.ts";

/**
 * What the tracing channel `skein:thread` tells of a call in a thread, or of another executor: the same object from
 * when it joins the queue, which is its `start`, until it has ended. When a thread is given it, the channel
 * `skein:thread:given` tells it, too. Each step of an iteration is one. Stores that are bound to its `start` are in
 * force in its callbacks and in `onProgress`, and where its context is captured.
 *
 * @public
 */
export interface ThreadCallEvent extends OperationOutcome {
  readonly name: string;
  /** What it was called under. */
  readonly scope: CancelScope | undefined;
  /** The `threadId` of the thread that was given it; `undefined` before, and of a call that no thread runs. */
  readonly threadId: number | undefined;
}

type Noted = { -readonly [K in keyof ThreadCallEvent]: ThreadCallEvent[K] };

const calls = /* @__PURE__ */ operations<Noted>("skein:thread", now);
const given = /* @__PURE__ */ channel("skein:thread:given");

export function announceOffload(call: object, name: string, scope: CancelScope | null): void {
  if (!calls.hasSubscribers) return;
  calls.begin(call, { name, scope: scope ?? undefined, threadId: undefined });
}

/** A thread has been given the call; another one, if it had to go back to the queue. */
export function announceGiven(call: object, threadId: number): void {
  if (!calls.areOpen) return;
  const event = calls.eventOf(call);
  if (event === undefined) return;
  event.threadId = threadId;
  if (given.hasSubscribers) given.publish(event);
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
