import type { ProviderEvent, ProviderTeardownEvent } from "../dependencies/run/provider-events.ts";
import { subscribe, unsubscribe } from "../host.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { now } from "../scope/timers.ts";
import type { TaskEvent } from "../tasks/events.ts";
import type { ThreadCallEvent } from "../threads/call-events.ts";

/** Something that lasts, inside something else or on its own. Times are whole microseconds. */
export interface Span {
  readonly id: number;
  readonly name: string;
  readonly category: "task" | "thread" | "provider" | "teardown";
  readonly details: Record<string, unknown>;
  readonly parent: Span | null;
  readonly from: number;
  /** `Infinity` until it has ended. */
  to: number;
  /** Of a call: which thread was given it, and when. */
  thread: { readonly id: number; readonly from: number } | null;
}

/** Who hears of spans. */
export interface SpanListener {
  begun(span: Span): void;
  ended?(span: Span): void;
}

/** Makes spans of the events of tasks, providers and calls, from its making until it is stopped. */
export class SpanRecorder {
  readonly #listener: SpanListener;
  /** By the scope of the task or setup, or the event of a call. */
  readonly #open = new Map<object, Span>();
  /** By the scope of the setup, for the teardown, when that has left the tree. */
  readonly #setups = new WeakMap<CancelScope, Span>();
  readonly #subscriptions: readonly [string, (event: unknown) => void][] = [
    ["tracing:skein:task:start", (event) => this.#spawned(event as TaskEvent)],
    ["tracing:skein:task:asyncEnd", (event) => this.#settled(event as TaskEvent)],
    ["tracing:skein:provider:start", (event) => this.#started(event as ProviderEvent)],
    ["tracing:skein:provider:asyncEnd", (event) => this.#settled(event as ProviderEvent)],
    ["skein:provider:teardown", (event) => this.#tornDown(event as ProviderTeardownEvent)],
    ["tracing:skein:thread:start", (event) => this.#offloaded(event as ThreadCallEvent)],
    ["skein:thread:given", (event) => this.#given(event as ThreadCallEvent)],
    ["tracing:skein:thread:asyncEnd", (event) => this.#end(event as ThreadCallEvent, "settled")],
  ];
  #lastId = 0;

  constructor(listener: SpanListener) {
    this.#listener = listener;
    for (const [name, subscriber] of this.#subscriptions) subscribe(name, subscriber);
  }

  /** Listens no more. What is open ends as `"still running"`. */
  stop(): void {
    for (const [name, subscriber] of this.#subscriptions) unsubscribe(name, subscriber);
    for (const key of this.#open.keys()) this.#end(key, "still running");
  }

  #spawned({ scope, name, group }: TaskEvent): void {
    this.#begin(scope, name, "task", { group }, scope as unknown as ParentScope);
  }

  #settled({ scope, status }: TaskEvent | ProviderEvent): void {
    this.#end(scope, status!);
  }

  #started({ scope, name, path, kind, lifetime }: ProviderEvent): void {
    const place = scope as unknown as ParentScope;
    const span = this.#begin(scope, name, "provider", { path, kind, lifetime }, place);
    this.#setups.set(scope, span);
  }

  #tornDown({ scope, name, path, verdict, durationMs }: ProviderTeardownEvent): void {
    const setup = this.#setups.get(scope);
    if (setup === undefined) return;
    const to = microseconds();
    const details = { path, verdict, ended: "torn down" };
    const span: Span = {
      id: ++this.#lastId,
      name: `${name}, teardown`,
      category: "teardown",
      details,
      parent: setup.parent,
      from: to - Math.round(durationMs * 1_000),
      to,
      thread: null,
    };
    this.#listener.begun(span);
    this.#listener.ended?.(span);
  }

  #offloaded(event: ThreadCallEvent): void {
    const { scope } = event;
    this.#begin(event, event.name, "thread", {}, (scope as ParentScope | undefined) ?? null, true);
  }

  #given(event: ThreadCallEvent): void {
    const span = this.#open.get(event);
    if (span !== undefined) span.thread = { id: event.threadId!, from: microseconds() };
  }

  #begin(
    key: object,
    name: string,
    category: Span["category"],
    details: Record<string, unknown>,
    place: ParentScope | null,
    inside = false,
  ): Span {
    let above = inside ? place : (place?._parent ?? null);
    while (above !== null && !this.#open.has(above)) above = above._parent;
    const parent = above === null ? null : this.#open.get(above)!;
    const span: Span = {
      id: ++this.#lastId,
      name: name || nameless(category, details["group"], parent),
      category,
      details,
      parent,
      from: microseconds(),
      to: Infinity,
      thread: null,
    };
    this.#open.set(key, span);
    this.#listener.begun(span);
    return span;
  }

  #end(key: object, how: string): void {
    const span = this.#open.get(key);
    if (span === undefined) return;
    this.#open.delete(key);
    span.to = microseconds();
    span.details["ended"] = how;
    this.#listener.ended?.(span);
  }
}

/** What has no name is known by what it belongs to. */
function nameless(category: Span["category"], group: unknown, parent: Span | null): string {
  const what = category === "thread" ? "call" : category;
  const owner = (group as string | undefined) || (parent === null ? "" : rooted(parent.name));
  return owner === "" ? `a ${what}` : `${what} of ${owner}`;
}

/** One whose owner has no name either belongs to the same. */
function rooted(name: string): string {
  return name.replace(/^(?:task|call|provider) of |^a (?:task|call|provider)$/, "");
}

export function microseconds(): number {
  return Math.round(now() * 1_000);
}
