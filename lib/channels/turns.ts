/** How many operations may go through without waiting before one of them lets the event loop have a turn. */
const OPERATIONS = 1024;

let left = OPERATIONS;

/**
 * Whether it is time for a turn. A loop whose every operation goes through at once would otherwise keep timers and
 * I/O from ever running.
 */
export function turnIsDue(): boolean {
  if (--left > 0) return false;
  left = OPERATIONS;
  return true;
}

export function afterTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => void setImmediate(resolve, value));
}
