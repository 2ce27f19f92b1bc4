// The host's: a page is drawn in real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import type { ServerResponse } from "node:http";
import type { ProcessReport } from "../process-report.ts";
import type { Span } from "../span-recorder.ts";
import type { PageSource } from "./open-page.ts";
import { Tally, type TallyRow } from "./tally.ts";

/** A span on its way to the page. Times are microseconds; one that has no end is open. */
export interface SpanPart {
  readonly id: number;
  readonly name: string;
  readonly category: Span["category"];
  readonly parent?: number;
  readonly from: number;
  readonly to?: number;
  readonly thread?: { readonly id: number; readonly from: number };
}

/** What the page is sent at a time. */
export interface Frame {
  readonly report: ProcessReport;
  /** When it was made, on the clock of the spans. */
  readonly at: number;
  /** What has begun or ended since the frame before. */
  readonly spans: readonly SpanPart[];
  /** How many spans there were besides. */
  readonly omitted: number;
  /** What has ended since the frame before. */
  readonly ended: readonly TallyRow[];
}

const FRAME_MS = 1_000;
/** A frame may take the process a part in so many of its time. */
const SHARE = 20;
/** More spans than this in one frame nobody can see. */
const MOST_SPANS = 400;
const MOST_CHANGED = 4_000;

/** Sends frames while somebody looks. While nobody does there is nothing: no timer, no subscriber. */
export class Feed {
  readonly #source: PageSource;
  readonly #viewers = new Set<ServerResponse>();
  #recorder: { stop(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #tally = new Tally();
  /** Spans that have begun or ended since the last frame. */
  #changed = new Set<Span>();
  /** Open ones that viewers know. */
  readonly #shown = new Set<Span>();
  #omitted = 0;

  constructor(source: PageSource) {
    this.#source = source;
  }

  add(viewer: ServerResponse): void {
    this.#viewers.add(viewer);
    viewer.once("close", () => this.#remove(viewer));
    this.#recorder ??= this.#source.record({
      begun: (span) => this.#change(span),
      ended: (span) => {
        this.#tally.add(span);
        this.#change(span);
      },
    });
    clearTimeout(this.#timer);
    this.#send();
  }

  close(): void {
    for (const viewer of this.#viewers) {
      viewer.end();
      this.#remove(viewer);
    }
  }

  #remove(viewer: ServerResponse): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    clearTimeout(this.#timer);
    this.#recorder!.stop();
    this.#recorder = undefined;
    this.#tally.take();
    this.#changed.clear();
    this.#shown.clear();
  }

  #change(span: Span): void {
    if (this.#changed.size < MOST_CHANGED || this.#shown.has(span)) this.#changed.add(span);
    else if (span.to === Infinity) this.#omitted += 1;
  }

  #send(): void {
    const start = performance.now();
    const text = `data: ${JSON.stringify(this.#frame())}\n\n`;
    // Whoever is slow misses some.
    for (const viewer of this.#viewers) if (!viewer.writableNeedDrain) viewer.write(text);
    const tookMs = performance.now() - start;
    this.#timer = setTimeout(() => this.#send(), Math.max(FRAME_MS, tookMs * SHARE)).unref();
  }

  #frame(): Frame {
    const spans = this.#chosen();
    const frame = {
      report: this.#source.report(),
      at: this.#source.now(),
      spans: spans.map(partOf),
      omitted: this.#omitted + this.#changed.size - spans.length,
      ended: this.#tally.take(),
    };
    for (const span of spans) {
      if (span.to === Infinity) this.#shown.add(span);
      else this.#shown.delete(span);
    }
    this.#changed = new Set();
    this.#omitted = 0;
    return frame;
  }

  /** All if they are not too many, otherwise the longest, and those that viewers know. */
  #chosen(): Span[] {
    const spans = [...this.#changed];
    if (spans.length <= MOST_SPANS) return spans;
    const known = spans.filter((span) => this.#shown.has(span));
    const others = spans.filter((span) => !this.#shown.has(span));
    const longest = others.toSorted((a, b) => lengthOf(b) - lengthOf(a));
    return [...known, ...longest.slice(0, Math.max(0, MOST_SPANS - known.length))];
  }
}

function lengthOf({ from, to }: Span): number {
  return to - from;
}

function partOf({ id, name, category, parent, from, to, thread }: Span): SpanPart {
  return {
    id,
    name,
    category,
    ...(parent === null ? {} : { parent: parent.id }),
    from,
    ...(to === Infinity ? {} : { to }),
    ...(thread === null ? {} : { thread }),
  };
}
