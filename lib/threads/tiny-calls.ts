import type { Call } from "./call.ts";
import type { CallQueue } from "./call-queue.ts";

/** Whether a call is known to cost less than its way, and may travel with others. */
export function isTiny({ work, seat }: Call): boolean {
  return (
    work.kind === "call" && seat === undefined && work.transfer === undefined && work.program.isTiny
  );
}

/** Adds a call with those that are to be sent right behind it; without those if there is no room for all. */
export function addWithPiped(calls: Call[], call: Call, room: number): void {
  calls.push(call);
  const { behind } = call;
  call.behind = undefined;
  if (behind !== undefined && calls.length + behind.length <= room) calls.push(...behind);
}

/** Takes calls off the head of the queue, as far as they are tiny. */
export function takeTinyCalls(
  queue: CallQueue<Call>,
  most: number,
  room: number,
  calls: Call[] = [],
): Call[] {
  for (let left = most; left > 0 && calls.length < room; left -= 1) {
    const call = queue.first;
    if (call === undefined || !isTiny(call)) break;
    queue.remove(call);
    addWithPiped(calls, call, room);
  }
  return calls;
}
