import { got } from "../errors.ts";
import { defaultThreadpool } from "./default-threadpool.ts";
import type { Executor } from "./executor.ts";

const NO_OPTIONS = {};

/**
 * Calls a function where it belongs: an `async` function on the event loop, a plain one in a thread, so that neither
 * kind of handler can block the process.
 *
 * What counts is how the function is written. A plain function that returns a promise runs in a thread and is awaited
 * there; a function declared with {@link threaded} runs in a thread.
 *
 * **Cancellation:** none by itself; an `async` function takes its scope as an argument.
 *
 * @param fn - an async or a plain function
 * @param args - what it is called with
 * @throws TypeError, synchronously, when `fn` is no function; for a plain one, what {@link runInThreadpool} throws
 *
 * @example
 * ```ts
 * import { invoke } from "skein";
 *
 * const onLoop = await invoke(async (n: number) => n + 1, 1);
 * const inThread = await invoke((n: number) => n + 1, 1);
 * console.log(onLoop, inThread);
 * // prints: 2 2
 * ```
 *
 * @public
 */
export function invoke<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  return invokeIn(undefined, fn, args);
}

/** The same with the executor for plain functions named. */
function invokeIn<A extends unknown[], R>(
  executor: Executor | undefined,
  fn: (...args: A) => R,
  args: A,
): Promise<Awaited<R>> {
  if (typeof fn !== "function") {
    throw new TypeError(`Expected \`fn\` to be a function, got ${got(fn)}`);
  }
  if (isAsync(fn)) return callOnLoop(fn, args);
  return (executor ?? defaultThreadpool()).run(fn, args, NO_OPTIONS);
}

async function callOnLoop<A extends unknown[], R>(
  fn: (...args: A) => R,
  args: A,
): Promise<Awaited<R>> {
  return await fn(...args);
}

/** Whether a function is written with `async`, and so gives the event loop back while it waits. */
function isAsync(fn: (...args: never[]) => unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
