import { threaded, type ThreadedFunction } from "skein";
import { type EndedSpan, takeSpans, tracer } from "./telemetry.ts";

interface Rendered {
  readonly html: string;
  /** Those that were made for it in its thread. */
  readonly spans: readonly EndedSpan[];
}

/** Computes a page, in a thread. */
export const render: ThreadedFunction<[user: string], Rendered> = threaded(
  import.meta,
  function render(user: string): Rendered {
    const html = tracer.startActiveSpan("layout", (span) => {
      const text = `<h1>${user}</h1>`;
      span.end();
      return text;
    });
    return { html, spans: takeSpans() };
  },
);
