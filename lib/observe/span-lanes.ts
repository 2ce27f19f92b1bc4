/** Something that lasts, inside something else or on its own. Times are whole microseconds. */
export interface Span {
  readonly name: string;
  readonly category: "task" | "thread" | "provider" | "teardown";
  readonly details: Record<string, unknown>;
  readonly parent: Span | null;
  /** The line that it is drawn on. */
  lane: number;
  readonly from: number;
  to: number;
}

/**
 * Gives spans lines to be drawn on, so that on each line every span is inside of the one before or after it: a span stands
 * on its parent's line if nothing else is there at that time, otherwise on the first line that is free.
 */
export function layOut(spans: readonly Span[]): void {
  /** Of each line, the spans that are open, the innermost last. */
  const lanes: Span[][] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    for (const lane of lanes) while (lane.length > 0 && lane.at(-1)!.to <= span.from) lane.pop();
    const { parent } = span;
    const above = parent === null ? undefined : lanes[parent.lane];
    if (above !== undefined && above.at(-1) === parent && span.to <= parent!.to) {
      span.lane = parent!.lane;
    } else {
      const free = lanes.findIndex((lane) => lane.length === 0);
      span.lane = free === -1 ? lanes.length : free;
    }
    (lanes[span.lane] ??= []).push(span);
  }
}
