import { setImmediate } from "../host.ts";
import { runOrder } from "../scope/run-order.ts";
import { isActive } from "./activity.ts";

/** Kept, for a test may put another in its place. */
const hostTimeout = setTimeout;

/**
 * Turns of the event loop in which nothing may be under way, one after another: what ends one thing may begin the next.
 */
const QUIET_TURNS = 3;

/** Turns after which waiting for I/O stops spinning. */
const BUSY_TURNS = 20;

/**
 * Waits until nothing can happen any more without time passing: every task waits for the clock, for another task, or
 * for somebody outside. Instead of a `sleep` that hopes to be long enough.
 *
 * I/O, callbacks that are due, child processes and open connections count as something that can happen; listening
 * servers, signal handlers and timers do not. Work that Node does not list, as that of `node:zlib`, is not seen; that
 * of `node:crypto` and of thread pools is, in {@link withVirtualClock}, if it began there.
 *
 * @example
 * ```ts
 * import { taskGroup, sleep } from "skein";
 * import { untilIdle } from "skein/testing";
 *
 * await taskGroup(async (group) => {
 *   const done: string[] = [];
 *   group.spawn(async (task) => {
 *     done.push("before");
 *     await sleep(60_000, task);
 *     done.push("after");
 *   });
 *   await untilIdle();
 *   console.log(done);
 *   group.finish(undefined);
 * });
 * // prints: [ 'before' ]
 * ```
 *
 * @public
 */
export async function untilIdle(): Promise<void> {
  waiting++;
  try {
    await untilQuiet();
  } finally {
    waiting--;
  }
}

let waiting = 0;

/** Whether somebody waits for the moment at which a clock would jump, and wants it first. */
export function isAwaited(): boolean {
  return waiting > 0;
}

/** Whoever waits for quiet. One loop serves all, for its own turns would look like work to another. */
let listeners: (() => void)[] = [];
let quietTurns = 0;
let watching = false;

export function untilQuiet(): Promise<void> {
  // The caller may just have begun something.
  quietTurns = 0;
  return new Promise((resolve) => {
    listeners.push(resolve);
    if (!watching) void watchTurns();
  });
}

async function watchTurns(): Promise<void> {
  watching = true;
  for (let count = 0; listeners.length > 0 && quietTurns < QUIET_TURNS; count++) {
    await turn(count > BUSY_TURNS);
    quietTurns = runOrder?.isHolding === true || isActive() ? 0 : quietTurns + 1;
  }
  watching = false;
  tellAll();
}

/** Ends every wait for quiet, quiet or not. */
export function tellAll(): void {
  const told = listeners;
  listeners = [];
  for (const tell of told) tell();
}

function turn(slowly: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (slowly) hostTimeout(() => setImmediate(resolve), 1);
    else setImmediate(resolve);
  });
}
