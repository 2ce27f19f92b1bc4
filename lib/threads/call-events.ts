import { channel } from "../host.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";

/**
 * What is published on the diagnostics channel `skein:thread:offload` when a call joins the queue of a thread pool, and,
 * the same object again, on `skein:thread:given` when a thread is given it and on `skein:thread:settle` when it has ended.
 *
 * @public
 */
export interface ThreadCallEvent {
  readonly name: string;
  /** What it was called under. */
  readonly scope: CancelScope | undefined;
  /** The `threadId` of the thread that was given it; `undefined` before, and of a call that no thread runs. */
  readonly threadId: number | undefined;
}

const offloads = channel("skein:thread:offload");
const given = channel("skein:thread:given");
const settles = channel("skein:thread:settle");
const announced = new WeakMap<
  object,
  { -readonly [K in keyof ThreadCallEvent]: ThreadCallEvent[K] }
>();

export function announceOffload(call: object, name: string, scope: CancelScope | null): void {
  if (!offloads.hasSubscribers) return;
  const event: ThreadCallEvent = { name, scope: scope ?? undefined, threadId: undefined };
  announced.set(call, event);
  offloads.publish(event);
}

/** A thread has been given the call; another one, if it had to go back to the queue. */
export function announceGiven(call: object, threadId: number): void {
  if (!given.hasSubscribers) return;
  const event = announced.get(call);
  if (event === undefined) return;
  event.threadId = threadId;
  given.publish(event);
}

export function announceReturn(call: object): void {
  if (!settles.hasSubscribers) return;
  const event = announced.get(call);
  if (event !== undefined) settles.publish(event);
}
