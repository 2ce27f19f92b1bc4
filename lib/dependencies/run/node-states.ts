/**
 * How a node stands: what it still waits for is counted down to 0; from then on its entry says what has become of it.
 *
 * ```
 *  n > 0 ──▶ 0 ──▶ (STARTED) ──▶ READY or FAILED
 *    └─────────────────────────▶ FAILED with something that it waits for, or READY if it is the `outcome` of that
 * ```
 *
 * Invariant: only what waits is counted, and READY and FAILED stay.
 */
export const STARTED = -1;
export const READY = -2;
export const FAILED = -3;

/**
 * Something that a node waits for has come; nothing for one that waits no more.
 *
 * @returns whether it was the last
 */
export function countDown(states: number[], index: number): boolean {
  const left = states[index]!;
  if (left <= 0) return false;
  states[index] = left - 1;
  return left === 1;
}
