/** What is drawn on a line. */
export interface Bar {
  readonly parent: Bar | null;
  readonly from: number;
  readonly to: number;
}

/**
 * Gives bars lines to be drawn on, so that on each line every bar is inside of the one before or after it: a bar stands
 * on its parent's line if nothing else is there at that time, otherwise on the first line that is free.
 *
 * @returns the line of each
 */
export function layOut<B extends Bar>(bars: readonly B[]): Map<Bar, number> {
  const placed = new Map<Bar, number>();
  /** Of each line, the bars that are open, the innermost last. */
  const rows: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.from - b.from)) {
    for (const row of rows) while (row.length > 0 && row.at(-1)!.to <= bar.from) row.pop();
    const { parent } = bar;
    const parents = parent === null ? undefined : placed.get(parent);
    const above = parents === undefined ? undefined : rows[parents];
    let row: number;
    if (above !== undefined && above.at(-1) === parent && bar.to <= parent!.to) {
      row = parents!;
    } else {
      const free = rows.findIndex((open) => open.length === 0);
      row = free === -1 ? rows.length : free;
    }
    placed.set(bar, row);
    (rows[row] ??= []).push(bar);
  }
  return placed;
}
