const usual = (count: number): number => Math.floor(Math.random() * count);

let choose = usual;

/** One of the numbers from 0 to below `count`, each as likely as the others. */
export function randomBelow(count: number): number {
  return count === 1 ? 0 : choose(count);
}

/**
 * Lets another function choose in place of `Math.random`, for tests that want to repeat a run.
 *
 * @returns puts back what was there before
 */
export function replaceRandom(other: (count: number) => number): () => void {
  const before = choose;
  choose = other;
  return () => {
    choose = before;
  };
}
