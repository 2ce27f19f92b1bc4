let source: () => number = Math.random;

/** One of the numbers from 0 to below `count`, each as likely as the others. */
export function chance(count: number): number {
  return count === 1 ? 0 : Math.floor(source() * count);
}

/**
 * Puts another source of numbers from 0 to below 1 in place of `Math.random`, for tests that want to repeat a run.
 *
 * @returns puts back what was there before
 */
export function replaceChance(other: () => number): () => void {
  const before = source;
  source = other;
  return () => {
    source = before;
  };
}
