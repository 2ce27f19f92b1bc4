import type { Call } from "./call.ts";
import type { CallQueue } from "./call-queue.ts";

/** Whether a call is known to cost less than its way, and may travel with others. */
export function isTiny({ work, seat }: Call): boolean {
  return (
    work.kind === "call" && seat === undefined && work.transfer === undefined && work.program.isTiny
  );
}

/** Takes calls off the head of the queue, as far as they are tiny. */
export function takeTinyCalls(queue: CallQueue<Call>, most: number): Call[] {
  const calls: Call[] = [];
  for (let left = most; left > 0; left -= 1) {
    const call = queue.first;
    if (call === undefined || !isTiny(call)) break;
    queue.remove(call);
    calls.push(call);
  }
  return calls;
}
