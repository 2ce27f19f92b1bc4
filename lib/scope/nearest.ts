/** The name that `given` is plainly a misspelling or the beginning of, if there is one. */
export function nearestOf(given: string, names: readonly string[]): string | undefined {
  let nearest = given.length < 3 ? undefined : names.find((name) => name.startsWith(given));
  if (nearest !== undefined) return nearest;
  let least = Math.min(3, given.length / 2);
  for (const name of names) {
    const distance = distanceOf(given.toLowerCase(), name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** How many letters to insert, to drop or to replace (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1));
    }
  }
  return row[b.length]!;
}
