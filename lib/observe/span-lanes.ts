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
  const lanes: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.from - b.from)) {
    for (const lane of lanes) while (lane.length > 0 && lane.at(-1)!.to <= bar.from) lane.pop();
    const { parent } = bar;
    const parents = parent === null ? undefined : placed.get(parent);
    const above = parents === undefined ? undefined : lanes[parents];
    let lane: number;
    if (above !== undefined && above.at(-1) === parent && bar.to <= parent!.to) {
      lane = parents!;
    } else {
      const free = lanes.findIndex((open) => open.length === 0);
      lane = free === -1 ? lanes.length : free;
    }
    placed.set(bar, lane);
    (lanes[lane] ??= []).push(bar);
  }
  return placed;
}
