/** Something that lasts, inside something else or on its own. */
export interface Span {
  readonly name: string;
  readonly category: "task" | "thread" | "provider";
  readonly details: Record<string, unknown>;
  readonly parent: Span | null;
  /** The line that it is drawn on. */
  lane: number;
  readonly from: number;
  to: number;
}

/**
 * Gives spans lines to be drawn on, so that on each line every span is inside of the one before or after it: a span stands
 * on its parent's line if nothing else has begun there, otherwise on the first line that is free.
 */
export class SpanLanes {
  /** Of each line, the spans that are open, the innermost last. */
  readonly #lanes: Span[][] = [];

  enter(span: Span): void {
    const { parent } = span;
    const below = parent === null ? undefined : this.#lanes[parent.lane];
    if (below !== undefined && below.at(-1) === parent) span.lane = parent!.lane;
    else {
      const free = this.#lanes.findIndex((lane) => lane.length === 0);
      span.lane = free === -1 ? this.#lanes.length : free;
    }
    (this.#lanes[span.lane] ??= []).push(span);
  }

  leave(span: Span): void {
    const lane = this.#lanes[span.lane]!;
    lane.splice(lane.lastIndexOf(span), 1);
  }
}
