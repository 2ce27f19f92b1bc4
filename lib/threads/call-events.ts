import { channel } from "../host.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";

/**
 * What is published on the diagnostics channel `skein:thread:offload` when a call joins the queue of a thread pool, and,
 * the same object again, on `skein:thread:settle` when it has ended.
 *
 * @public
 */
export interface ThreadCallEvent {
  readonly name: string;
  /** What it was called under. */
  readonly scope: CancelScope | undefined;
}

const offloads = channel("skein:thread:offload");
const settles = channel("skein:thread:settle");
const announced = new WeakMap<object, ThreadCallEvent>();

export function announceOffload(call: object, name: string, scope: CancelScope | null): void {
  if (!offloads.hasSubscribers) return;
  const event: ThreadCallEvent = { name, scope: scope ?? undefined };
  announced.set(call, event);
  offloads.publish(event);
}

export function announceReturn(call: object): void {
  if (!settles.hasSubscribers) return;
  const event = announced.get(call);
  if (event !== undefined) settles.publish(event);
}
