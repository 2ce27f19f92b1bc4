import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { addAbortListener } from "node:events";
import { clearTimeout, setTimeout } from "node:timers";
import { fileURLToPath } from "node:url";
import type { MakeOperations, RealTimer, Turn } from "./contract.ts";
import type { HostProcess } from "./process.ts";
import { TracedOperations } from "./traced-operations.ts";

// Node, and Deno and Bun, which have these of Node's.

export { addAbortListener, AsyncLocalStorage, AsyncResource, channel, subscribe, unsubscribe };

export const operations: MakeOperations = (name, now) =>
  new TracedOperations(channel, AsyncResource, name, now);

/** Whether a timer or a turn that was asked for in one request must not wake what waits in another. */
export const isolatesRequests: boolean = false;

/**
 * The functions as they were when this was loaded. Turns of the event loop are no time: whoever fakes timers in a test
 * fakes time, and must not stop what only wants others to have a turn.
 */
export const setImmediate: (call: () => void) => Turn = globalThis.setImmediate;
export const clearImmediate = globalThis.clearImmediate as (turn: Turn) => void;

/** The host's timers: what goes on elsewhere takes real time, also where a test lets time jump. */
export const startRealTimer: (call: () => void, ms: number) => RealTimer = setTimeout;
export const stopRealTimer = clearTimeout as (timer: RealTimer | undefined) => void;

const { queueMicrotask } = globalThis;
const nextTick = process.nextTick.bind(process);

/** Calls a function when every microtask has run. A tick that is asked for in a microtask comes then. */
export function afterMicrotasks(call: () => void): void {
  queueMicrotask(() => nextTick(call));
}

/** Tells of what nobody is left to answer for. */
export function warn(warning: string | Error): void {
  process.emitWarning(warning);
}

/**
 * The process that the program is.
 *
 * @param _what - what needs one
 * @throws NotSupportedError where there is none
 */
export function processFor(_what: string): HostProcess {
  return {
    process,
    signalNumbers: process.getBuiltinModule("node:os").constants.signals,
    writeFile: (path, text) => process.getBuiltinModule("node:fs/promises").writeFile(path, text),
  };
}

/** A URL as it may stand in a stack, too. */
export function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
