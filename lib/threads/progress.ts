import { currentCall } from "./current-call.ts";

/**
 * Sends a value from a function that runs in a worker thread to the `onProgress` of its call. Values arrive in order,
 * and all of them before the result.
 *
 * Outside of a call in a thread it does nothing.
 *
 * @param value - anything that can cross to the main thread; it is copied
 * @throws NotTransferableError when it cannot cross
 *
 * @example
 * ```ts
 * import { Threadpool } from "skein";
 *
 * await using pool = new Threadpool();
 * const count = async (to: number): Promise<void> => {
 *   const { progress } = await import("skein/worker");
 *   for (let i = 1; i <= to; i += 1) progress(i);
 * };
 * await pool.run(count, [2], { onProgress: (value) => console.log(value) });
 * // prints: 1
 * // prints: 2
 * ```
 *
 * @public
 */
export function progress(value: unknown): void {
  currentCall()?.progress(value);
}
