import { NotSupportedError } from "../errors.ts";
import type { Context, MakeOperations, RealTimer, Storage, Subscriber, Turn } from "./contract.ts";
import type { HostProcess } from "./process.ts";

// What every runtime has that knows the web's own objects: browsers, their workers, and whatever has no file of its
// own.

export const isolatesRequests: boolean = false;

const { setTimeout, clearTimeout } = globalThis;
const turns = new Map<number, () => void>();
let lastTurn = 0;
let port: Port | null = null;

/** A `MessagePort` of the web. */
interface Port {
  onmessage: ((event: { readonly data: number }) => void) | null;
  postMessage(turn: number): void;
}

/** A message, for a timer of the web comes late once five of them have asked for each other. */
export function setImmediate(call: () => void): Turn {
  const turn = ++lastTurn;
  turns.set(turn, call);
  if (typeof MessageChannel === "undefined") setTimeout(take, 0, turn);
  else (port ??= openPort()).postMessage(turn);
  return turn;
}

export function clearImmediate(turn: Turn): void {
  turns.delete(turn as number);
}

export function startRealTimer(call: () => void, ms: number): RealTimer {
  return setTimeout(call, ms);
}

export function stopRealTimer(timer: RealTimer | undefined): void {
  clearTimeout(timer as never);
}

function openPort(): Port {
  const { port1, port2 } = new MessageChannel() as object as Record<"port1" | "port2", Port>;
  port1.onmessage = ({ data }) => take(data);
  return port2;
}

function take(turn: number): void {
  const call = turns.get(turn);
  turns.delete(turn);
  call?.();
}

export function afterMicrotasks(call: () => void): void {
  setImmediate(call);
}

export function addAbortListener(signal: AbortSignal, listener: () => void): Disposable {
  signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

/** The language has no such thing yet. */
export class AsyncLocalStorage<T> implements Storage<T> {
  constructor() {
    throw new NotSupportedError(
      "The current scope is kept in an AsyncLocalStorage, which this runtime does not have. Import from `skein` instead of `skein/ambient`, and pass the scopes on",
    );
  }

  declare getStore: () => T | undefined;
  declare run: Storage<T>["run"];
}

export class AsyncResource implements Context {
  runInAsyncScope<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    thisArg?: This,
    ...args: Args
  ): Result {
    return fn.apply(thisArg as This, args);
  }
}

class EventChannel {
  /** Replaced, never changed: a subscriber may leave while it is told. */
  subscribers: readonly Subscriber[] = [];

  get hasSubscribers(): boolean {
    return this.subscribers.length > 0;
  }

  publish(event: unknown): void {
    for (const subscriber of this.subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const channels = new Map<string, EventChannel>();

export function channel(name: string): EventChannel {
  let known = channels.get(name);
  if (known === undefined) channels.set(name, (known = new EventChannel()));
  return known;
}

export function subscribe(name: string, subscriber: Subscriber): void {
  const events = channel(name);
  events.subscribers = [...events.subscribers, subscriber];
}

export function unsubscribe(name: string, subscriber: Subscriber): void {
  const events = channel(name);
  events.subscribers = events.subscribers.filter((other) => other !== subscriber);
}

/** No tool can listen here: it is only told of the begin, to those of the library itself. */
export const operations: MakeOperations = (name) => {
  const start = channel(`tracing:${name}:start`);
  return {
    get hasSubscribers() {
      return start.hasSubscribers;
    },
    areOpen: false,
    begin: (_, event) => start.publish(event),
    eventOf: () => undefined,
    within: (_, fn) => fn(),
    settle() {},
  };
};

export function warn(warning: string | Error): void {
  console.warn(warning);
}

export function processFor(what: string): HostProcess {
  throw new NotSupportedError(
    `\`${what}\` needs a process of Node, Deno or Bun, and this runtime has none`,
  );
}

export function pathOf(url: string): string {
  return url;
}
