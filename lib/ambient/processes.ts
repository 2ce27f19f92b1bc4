import { runProcess as runIn } from "../processes/run-process.ts";
import { withImpliedScope } from "./current-scope.ts";

/**
 * Runs a command in a process of its own below the current scope. As `runProcess` of `skein`.
 *
 * **Cancellation:** the process and those that it has begun are asked to stop, and killed after a while; the rejection
 * is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { moveOnAfter, runProcess } from "skein/ambient";
 *
 * const outcome = await moveOnAfter(50, () => runProcess("node", ["--eval", "setInterval(() => {}, 1_000)"]));
 * console.log(outcome.done);
 * // prints: false
 * ```
 *
 * @public
 */
export const runProcess: typeof runIn = (file, args, options) =>
  runIn(file, args, withImpliedScope(options));
