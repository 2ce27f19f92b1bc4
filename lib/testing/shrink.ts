/** After so many tries what has been found is small enough. */
const TRIES = 300;

/**
 * Finds a schedule with fewer and smaller steps away from the usual order that fails as well, by leaving out ever
 * smaller parts of it.
 */
export async function shrink(
  schedule: readonly number[],
  fails: (schedule: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let smallest = trimmed(schedule);
  let left = TRIES;
  const attempt = async (smaller: readonly number[]): Promise<boolean> => {
    if (left-- <= 0 || !(await fails(smaller))) return false;
    smallest = trimmed(smaller);
    return true;
  };
  for (let size = smallest.length; size >= 1; size = Math.floor(size / 2)) {
    // From the end, where nothing else depends on it.
    for (let end = smallest.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      if (smallest.slice(start, end).some((answer) => answer !== 0)) {
        await attempt(smallest.map((answer, at) => (at >= start && at < end ? 0 : answer)));
      }
    }
  }
  for (let at = 0; at < smallest.length; at++) {
    while ((smallest[at] ?? 0) > 1 && (await attempt(smallest.with(at, smallest[at]! - 1))));
  }
  return smallest;
}

/** Without the answers at its end that are those of the usual order. */
export function trimmed(schedule: readonly number[]): readonly number[] {
  return schedule.slice(0, schedule.findLastIndex((answer) => answer !== 0) + 1);
}
