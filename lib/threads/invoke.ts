import type { ScopeLike } from "../scope/cancel-scope.ts";
import { scopeFrom, valueOf } from "../scope/run-scope.ts";

import { functionTag } from "./function-tag.ts";
import { runShort } from "./run-in-threadpool.ts";
import { shortCall, type ShortCall } from "./short-call.ts";

/**
 * Calls a function where it belongs, under a scope: an `async` function on the event loop, a plain one in a thread, so
 * that neither kind of handler can block the process.
 *
 * What counts is how the function is written. A plain function that returns a promise runs in a thread and is awaited
 * there; a function declared with `threaded` runs in a thread. An `async` function that a compiler has made a plain
 * one, for older targets, is known by the compiler's helper (`__awaiter` and its like).
 *
 * **Cancellation:** a scope that is cancelled already rejects with its reason, and nothing is called. A plain function
 * is ended with its thread, as by `runInThreadpool`. An `async` function cannot be ended from outside: it is awaited,
 * and hears of the cancellation by what it waits under, so give it the scope, or what has it, as an argument too. An
 * error that is the cancellation coming back rejects as the scope's reason.
 *
 * @param scope - what the call waits under: a scope, or anything with a `signal`
 * @param fn - an async or a plain function
 * @param args - what it is called with
 * @returns what the function returns
 * @throws TypeError, synchronously, for a scope or a function that is none; for a plain function, what
 *   `runInThreadpool` throws
 *
 * @example
 * ```ts
 * import { type CancelScope, invoke, sleep, taskGroup } from "skein";
 *
 * async function waiting(scope: CancelScope): Promise<string> {
 *   await sleep(1, scope);
 *   return "on the loop";
 * }
 * const computing = (): string => "in a thread";
 *
 * await taskGroup(async (group) => {
 *   console.log(await invoke(group, waiting, group));
 *   console.log(await invoke(group, computing));
 * });
 * // prints: on the loop
 * // prints: in a thread
 * ```
 *
 * @public
 */
export function invoke<A extends unknown[], R>(
  scope: ScopeLike,
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>>;

/**
 * Calls a function where it belongs: an `async` function on the event loop, a plain one in a thread.
 *
 * **Cancellation:** none, for there is no scope; name one in the first place where there is one.
 *
 * @param fn - an async or a plain function
 * @param args - what it is called with
 * @returns what the function returns
 * @throws what the form with a scope throws
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
): Promise<Awaited<R>>;

export function invoke(first: unknown, ...rest: unknown[]): Promise<unknown> {
  return invokeShort(shortCall(first, rest));
}

/** Makes the call of a short form where its function belongs. */
export function invokeShort(call: ShortCall): Promise<never> {
  return functionTag(call.fn) === "AsyncFunction" ? callOnLoop(call) : runShort(call);
}

/**
 * In a scope of its own, if under a scope at all: so the call stands in the task tree and is current in its function.
 */
async function callOnLoop({ fn, args, options: { scope } }: ShortCall): Promise<never> {
  if (scope === undefined) return (await fn(...args)) as never;
  const own = scopeFrom({ scope, name: fn.name === "" ? undefined : fn.name });
  return (await valueOf(own, () => fn(...args))) as never;
}
