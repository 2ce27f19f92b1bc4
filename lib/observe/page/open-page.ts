import type { ProcessReport } from "../process-report.ts";
import type { SpanListener } from "../span-recorder.ts";

/**
 * What a page shows. It is handed in, for what is loaded later and imports the library again is more than nothing in a
 * bundle of those who never load it.
 */
export interface PageSource {
  report(): ProcessReport;
  /** Tells of spans until it is stopped. */
  record(listener: SpanListener): { stop(): void };
  /** The time on the clock of the spans. */
  now(): number;
}

/** A page that is served. */
export interface OpenPage {
  readonly url: string;
  close(): Promise<void>;
}
