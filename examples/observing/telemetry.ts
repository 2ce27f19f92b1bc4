// What a program does once to have its groups, providers and threads in OpenTelemetry. Its threads import this, too.
import { tracingChannel } from "node:diagnostics_channel";
import { isMainThread } from "node:worker_threads";
import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { type ProviderEvent, type TaskEvent, threadContext, type ThreadCallEvent } from "skein";

type Operation = ProviderEvent | TaskEvent | ThreadCallEvent;

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const contexts = new AsyncLocalStorageContextManager();
context.setGlobalContextManager(contexts);
trace.setGlobalTracerProvider(provider);
export const tracer = trace.getTracer("example");

/** A span that has ended, in the thread that it was made in. */
export interface EndedSpan {
  readonly name: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly trace: string;
  readonly failed: boolean;
}

/** The spans of this thread, each once. A program has an exporter that sends them. */
export function takeSpans(): EndedSpan[] {
  const spans = exporter.getFinishedSpans().map(read);
  exporter.reset();
  return spans;
}

function read(span: ReadableSpan): EndedSpan {
  const { spanId: id, traceId } = span.spanContext();
  const failed = span.status.code === SpanStatusCode.ERROR;
  return { name: span.name, id, parent: span.parentSpanContext?.spanId, trace: traceId, failed };
}

/** A span for each operation, which is the active one in it. */
function instrument(kind: "task" | "provider" | "thread"): void {
  const spans = new WeakMap<object, Span>();
  const { start, error, asyncEnd } = tracingChannel<Context, Operation>(`skein:${kind}`);
  start.bindStore(contexts["_asyncLocalStorage"], (operation) => {
    const span = tracer.startSpan(`${kind} ${operation.name}`);
    spans.set(operation, span);
    return trace.setSpan(context.active(), span);
  });
  error.subscribe((operation) => {
    const cause = (operation as Operation).error;
    spans
      .get(operation as object)
      ?.setStatus({ code: SpanStatusCode.ERROR, message: String(cause) });
  });
  asyncEnd.subscribe((operation) => {
    const { status } = operation as Operation;
    spans
      .get(operation as object)
      ?.setAttribute("skein.status", status!)
      .end();
  });
}

if (isMainThread) for (const kind of ["task", "provider", "thread"] as const) instrument(kind);

// The active span goes along into threads, as that of another process does in a header.
threadContext<SpanContext>(import.meta, {
  capture: () => trace.getSpanContext(context.active()),
  run: (parent, fn) => {
    const remote = { ...parent, isRemote: true };
    return context.with(trace.setSpanContext(ROOT_CONTEXT, remote), fn);
  },
});
