import { isolatesRequests, setImmediate } from "../host.ts";

/** How many operations may go through without waiting before two of them let the event loop have a turn. */
const OPERATIONS = 1024;

let left = OPERATIONS;
let turn: Promise<void> | null = null;

/**
 * Whether it is time for a turn. A loop whose every operation goes through at once would otherwise keep timers and
 * I/O from ever running. Two operations in a row have it, and go on in step: if one side of a channel ran on alone, the
 * buffer would be full or empty afterwards, and from then on one side would wait for the other at every item.
 */
export function turnIsDue(): boolean {
  if (--left > 0) return false;
  if (left < 0) left = OPERATIONS;
  return true;
}

/** Begins to count anew, for a run that is to be repeated. */
export function restartOperations(): void {
  left = OPERATIONS;
}

/** Whether somebody waits for a turn of the event loop that has not come. */
export function isTurnAwaited(): boolean {
  return turn !== null;
}

export function afterTurn<T>(value: T): Promise<T> {
  if (isolatesRequests) return new Promise((resolve) => setImmediate(() => resolve(value)));
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = null;
      resolve();
    });
  });
  return turn.then(() => value);
}
