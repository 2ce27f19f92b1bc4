import { checkRecord } from "../scope/option-values.ts";
import { callContexts, type Entered, within } from "../threads/call-context.ts";

/**
 * What goes with a call of its caller's contexts, by their names: data, for `serializeValue`.
 *
 * @public
 */
export type CallContexts = Readonly<Record<string, unknown>>;

/** What goes with a call that is made now. Throws what a `capture` throws. */
export function captureNamed(): CallContexts | undefined {
  const captured: [string, unknown][] = [];
  for (const { name, capture } of callContexts()) {
    const value = name === undefined ? undefined : capture();
    if (name !== undefined && value !== undefined) captured.push([name, value]);
  }
  return captured.length === 0 ? undefined : Object.fromEntries(captured);
}

/**
 * Calls a function within the contexts of its caller: those that went with the call and that this program has declared
 * by `threadContext` with the same names. Of the others there is nobody here who would look at them.
 *
 * @param contexts - {@link ExecutorCall.contexts}, as it has come over the wire
 * @param fn - what to call
 * @returns what `fn` returns
 * @throws TypeError for contexts that are none; what a `run` throws, and what `fn` throws
 *
 * @example
 * ```ts
 * import { AsyncLocalStorage } from "node:async_hooks";
 * import { threadContext } from "skein";
 * import { runInContexts } from "skein/executor";
 *
 * const requests = new AsyncLocalStorage<string>();
 * threadContext(import.meta, requests, { name: "request" });
 * console.log(runInContexts({ request: "r1", other: 5 }, () => requests.getStore()));
 * // prints: r1
 * ```
 *
 * @public
 */
export function runInContexts<R>(contexts: CallContexts | undefined, fn: () => R): R {
  if (contexts === undefined) return fn();
  checkRecord("contexts", contexts);
  const entered: Entered[] = [];
  for (const { name, run } of callContexts()) {
    if (name === undefined || !Object.hasOwn(contexts, name)) continue;
    entered.push({ run, value: contexts[name] });
  }
  return within(entered, fn);
}
