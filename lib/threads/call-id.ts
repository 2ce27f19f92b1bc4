import { currentCall } from "./current-call.ts";

/**
 * What the call is known by that runs in this worker thread. No other call has the same, on this machine or another; a
 * call of another machine that is run again, because its worker was lost, has the one that it had. So it tells whether
 * something was done already: the key of a payment, the name of a file.
 *
 * @returns `undefined` outside of a call in a thread
 *
 * @example
 * ```ts
 * import { Threadpool } from "skein";
 *
 * await using pool = new Threadpool();
 * const pay = async (): Promise<string | undefined> => {
 *   const { callId } = await import("skein/worker");
 *   return callId();
 * };
 * console.log(await pool.run(pay, [], { callId: "order 17" }));
 * // prints: order 17
 * ```
 *
 * @public
 */
export function callId(): string | undefined {
  return currentCall()?.callId;
}
