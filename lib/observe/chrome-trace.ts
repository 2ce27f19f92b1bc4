import { layOut } from "./span-rows.ts";
import type { Span } from "./span-recorder.ts";

/** An event of the format. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "M" | "X" | "s" | "f";
  readonly tid: number;
  readonly [more: string]: unknown;
}

/** Tracks of threads have numbers from here on, and so come below all lines of the event loop. */
const THREADS = 1_000_000;

/**
 * Spans in the Trace Event Format of Chrome, which Perfetto reads: each line of the event loop and each worker thread
 * is a track, and an arrow leads from a call to the thread that runs it.
 *
 * @param process - its name
 */
export function chromeTrace(spans: readonly Span[], pid: number, process: string): object {
  const rows = layOut(spans);
  const trackOf = (span: Span): number => rows.get(span)! + 1;
  const calls = spans.filter(({ thread }) => thread !== null);
  const events: TraceEvent[] = [
    { name: "process_name", ph: "M", tid: 0, args: { name: process } },
    ...named(spans.map(trackOf), (track) => (track === 1 ? "event loop" : `event loop ${track}`)),
    ...named(calls.map(threadTrackOf), (track) => `worker thread ${track - THREADS}`),
    ...spans.map((span) => slice(span, trackOf(span), span.from, span.to)),
    ...inTurn(calls).map(({ call, to }) => slice(call, threadTrackOf(call), call.thread!.from, to)),
    ...calls.flatMap((call) => arrow(call, trackOf(call))),
  ];
  return { displayTimeUnit: "ms", traceEvents: events.map((event) => ({ ...event, pid })) };
}

function threadTrackOf({ thread }: Span): number {
  return THREADS + thread!.id;
}

function named(tracks: readonly number[], nameOf: (track: number) => string): TraceEvent[] {
  return [...new Set(tracks)].flatMap((tid) => [
    { name: "thread_name", ph: "M", tid, args: { name: nameOf(tid) } },
    { name: "thread_sort_index", ph: "M", tid, args: { sort_index: tid } },
  ]);
}

function slice(span: Span, tid: number, from: number, to: number): TraceEvent {
  const { name, category, details } = span;
  return {
    name,
    cat: category,
    ph: "X",
    ts: from,
    dur: Math.max(1, to - from),
    tid,
    args: details,
  };
}

/**
 * A thread is given its next call a moment before the one that has ended is told of: on its track they follow each
 * other.
 */
function inTurn(calls: readonly Span[]): { readonly call: Span; readonly to: number }[] {
  const next = new Map<number, number>();
  return calls
    .toSorted((a, b) => b.thread!.from - a.thread!.from)
    .map((call) => {
      const { id, from } = call.thread!;
      const to = Math.min(call.to, next.get(id) ?? Infinity);
      next.set(id, from);
      return { call, to };
    });
}

function arrow({ id, name, thread }: Span, caller: number): TraceEvent[] {
  const both = { name, cat: "thread", id, ts: thread!.from };
  return [
    { ...both, ph: "s", tid: caller },
    { ...both, ph: "f", bp: "e", tid: THREADS + thread!.id },
  ];
}
