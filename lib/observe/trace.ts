import type { ProviderEvent, ProviderTeardownEvent } from "../dependencies/provider-events.ts";
import { processFor, subscribe, unsubscribe } from "../host.ts";
import type { Trunk } from "../scope/branch.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { checkString } from "../scope/option-values.ts";
import { now } from "../scope/timers.ts";
import type { TaskEvent } from "../tasks/events.ts";
import type { ThreadCallEvent } from "../threads/call-events.ts";
import { layOut, type Span } from "./span-lanes.ts";

/**
 * A trace that is being recorded.
 *
 * @public
 */
export interface Trace extends AsyncDisposable {
  /** Stops recording and writes the file. */
  stop(): Promise<void>;
}

/**
 * Records tasks, providers with their teardowns, and calls in worker threads as nested spans and writes them in Chrome's
 * trace format, for https://ui.perfetto.dev or chrome://tracing. Each is below the task that it runs in, a call in a thread
 * below its provider; those side by side have a line each.
 *
 * @param file - the path of the file, a `.json`
 * @returns stops and writes when it is asked to, or disposed
 * @throws TypeError if `file` is no text
 * @throws NotSupportedError where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { readFileSync, rmSync } from "node:fs";
 * import { taskGroup, trace } from "skein";
 *
 * const recording = trace("trace.json");
 * await taskGroup((group) => void group.spawn(() => {}, { name: "one" }));
 * await recording.stop();
 * const { traceEvents } = JSON.parse(readFileSync("trace.json", "utf8"));
 * console.log(traceEvents.find((event: { ph: string }) => event.ph === "X").name);
 * rmSync("trace.json");
 * // prints: one
 * ```
 *
 * @public
 */
export function trace(file: string): Trace {
  checkString("file", file);
  return new Recording(file);
}

class Recording implements Trace {
  readonly #host = processFor("trace");
  readonly #file: string;
  /** By the scope of the task or setup, or the event of a call. */
  readonly #open = new Map<object, Span>();
  /** By the scope of the setup, for the teardown, when that has left the tree. */
  readonly #setups = new WeakMap<CancelScope, Span>();
  readonly #spans: Span[] = [];
  readonly #listeners: readonly [string, (event: unknown) => void][] = [
    ["tracing:skein:task:start", (event) => this.#spawned(event as TaskEvent)],
    ["tracing:skein:task:asyncEnd", (event) => this.#settled(event as TaskEvent)],
    ["tracing:skein:provider:start", (event) => this.#started(event as ProviderEvent)],
    ["tracing:skein:provider:asyncEnd", (event) => this.#settled(event as ProviderEvent)],
    ["skein:provider:teardown", (event) => this.#tornDown(event as ProviderTeardownEvent)],
    ["tracing:skein:thread:start", (event) => this.#offloaded(event as ThreadCallEvent)],
    ["tracing:skein:thread:asyncEnd", (event) => this.#end(event as ThreadCallEvent, "settled")],
  ];
  #stopped: Promise<void> | null = null;

  constructor(file: string) {
    this.#file = file;
    for (const [name, listener] of this.#listeners) subscribe(name, listener);
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener);
    for (const key of this.#open.keys()) this.#end(key, "still running");
    await this.#host.writeFile(this.#file, `${JSON.stringify({ traceEvents: this.#events() })}\n`);
  }

  #spawned({ scope, name, group }: TaskEvent): void {
    this.#begin(scope, name, "task", { group }, scope as unknown as Trunk);
  }

  #settled({ scope, status }: TaskEvent | ProviderEvent): void {
    this.#end(scope, status!);
  }

  #started({ scope, name, path, kind, lifetime }: ProviderEvent): void {
    const place = scope as unknown as Trunk;
    const span = this.#begin(scope, name, "provider", { path, kind, lifetime }, place);
    this.#setups.set(scope, span);
  }

  #tornDown({ scope, name, path, verdict, durationMs }: ProviderTeardownEvent): void {
    const setup = this.#setups.get(scope);
    if (setup === undefined) return;
    const to = microseconds();
    const details = { path, verdict, ended: "torn down" };
    this.#spans.push({
      name: `${name}, teardown`,
      category: "teardown",
      details,
      parent: setup.parent,
      lane: 0,
      from: to - Math.round(durationMs * 1_000),
      to,
    });
  }

  #offloaded(event: ThreadCallEvent): void {
    const { scope } = event;
    this.#begin(event, event.name, "thread", {}, (scope as Trunk | undefined) ?? null, true);
  }

  #begin(
    key: object,
    name: string,
    category: Span["category"],
    details: Record<string, unknown>,
    place: Trunk | null,
    inside = false,
  ): Span {
    let above = inside ? place : (place?._parent ?? null);
    while (above !== null && !this.#open.has(above)) above = above._parent;
    const parent = above === null ? null : this.#open.get(above)!;
    const span: Span = {
      name,
      category,
      details,
      parent,
      lane: 0,
      from: microseconds(),
      to: Infinity,
    };
    this.#open.set(key, span);
    this.#spans.push(span);
    return span;
  }

  #end(key: object, how: string): void {
    const span = this.#open.get(key);
    if (span === undefined) return;
    this.#open.delete(key);
    span.to = microseconds();
    span.details["ended"] = how;
  }

  #events(): unknown[] {
    const { pid } = this.#host.process;
    const named = { name: "process_name", ph: "M", pid, tid: 0, args: { name: "skein" } };
    layOut(this.#spans);
    const spans = this.#spans.map((span) => ({
      name: span.name === "" ? `a ${span.category}` : span.name,
      cat: span.category,
      ph: "X",
      ts: span.from,
      dur: Math.max(1, span.to - span.from),
      pid,
      tid: span.lane,
      args: span.details,
    }));
    return [named, ...spans];
  }
}

function microseconds(): number {
  return Math.round(now() * 1_000);
}
