import { CancelledError } from "../errors.ts";
import { currentCall } from "./current-call.ts";

/**
 * Throws if the caller has cancelled the call that runs in this worker thread. Costs about a read of shared memory, so
 * it fits into inner loops. A function that asks gets a moment to stop before its thread is ended.
 *
 * Outside of a call in a thread it does nothing, so a function that uses it runs anywhere.
 *
 * @throws CancelledError when the call is cancelled
 *
 * @example
 * ```ts
 * import { Threadpool } from "skein";
 *
 * await using pool = new Threadpool();
 * const outcome = await pool
 *   .run(
 *     async () => {
 *       const { checkCancelled } = await import("skein/worker");
 *       for (;;) checkCancelled();
 *     },
 *     [],
 *     { timeoutMs: 500, onCancel: "cooperate" },
 *   )
 *   .catch((error: Error) => error.name);
 * console.log(outcome);
 * // prints: TimeoutError
 * ```
 *
 * @public
 */
export function checkCancelled(): void {
  if (currentCall()?.asksIfCancelled() === true) {
    throw new CancelledError("The caller has cancelled this call", "cancel");
  }
}
