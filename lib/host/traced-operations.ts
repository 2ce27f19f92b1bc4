import type {
  Context,
  ContextClass,
  HostEvents,
  StoringChannel,
  OperationOutcome,
  Operations,
  OperationStatus,
} from "./contract.ts";

interface Open<E> {
  readonly event: E;
  /** In which the stores are in force that subscribers have bound to its start. */
  readonly context: Context;
  readonly at: number;
}

/** Operations where there are channels that tools listen to, and stores that they bind to them. */
export class TracedOperations<E extends OperationOutcome> implements Operations<E> {
  readonly #ContextOf: ContextClass;
  readonly #now: () => number;
  readonly #start;
  readonly #end;
  readonly #asyncStart;
  readonly #asyncEnd;
  readonly #error;
  readonly #open = new WeakMap<object, Open<E>>();
  /** How many have begun, if any have: most programs trace nothing. */
  #count = 0;

  constructor(
    channel: HostEvents<StoringChannel>["channel"],
    ContextOf: ContextClass,
    name: string,
    now: () => number,
  ) {
    const of = (step: string) => channel(`tracing:${name}:${step}`);
    this.#ContextOf = ContextOf;
    this.#now = now;
    this.#start = of("start");
    this.#end = of("end");
    this.#asyncStart = of("asyncStart");
    this.#asyncEnd = of("asyncEnd");
    this.#error = of("error");
  }

  get hasSubscribers(): boolean {
    return (
      this.#start.hasSubscribers ||
      this.#end.hasSubscribers ||
      this.#asyncStart.hasSubscribers ||
      this.#asyncEnd.hasSubscribers ||
      this.#error.hasSubscribers
    );
  }

  get areOpen(): boolean {
    return this.#count > 0;
  }

  begin(operation: object, event: E): void {
    this.#start.runStores(event, () => {
      const context = new this.#ContextOf("skein.operation", { requireManualDestroy: true });
      this.#open.set(operation, { event, context, at: this.#now() });
      this.#count++;
      this.#end.publish(event);
    });
  }

  eventOf(operation: object): E | undefined {
    return this.#open.get(operation)?.event;
  }

  within<R>(operation: object, fn: () => R, otherwise?: Context): R {
    const context = this.#open.get(operation)?.context ?? otherwise;
    return context === undefined ? fn() : context.runInAsyncScope(fn);
  }

  settle(operation: object, status: OperationStatus, content?: unknown): void {
    const open = this.#open.get(operation);
    if (open === undefined) return;
    this.#open.delete(operation);
    this.#count--;
    const { event, context, at } = open;
    event.status = status;
    event.durationMs = this.#now() - at;
    if (status === "fulfilled") event.result = content;
    else if (status === "rejected") event.error = content;
    context.runInAsyncScope(() => {
      if (status === "rejected") this.#error.publish(event);
      this.#asyncStart.publish(event);
      this.#asyncEnd.publish(event);
    });
  }
}
