import { afterMicrotasks, AsyncResource } from "../host.ts";
import { now, remove, schedule, type Timer, unschedule } from "../scope/timers.ts";

/** What `setTimeout` and `setInterval` give in virtual time. */
class VirtualTimer implements Timer, Disposable {
  at: number;
  _order = 0;
  _place = -1;
  readonly #ms: number;
  readonly #repeats: boolean;
  readonly #call: () => unknown;
  #holds = true;
  #closed = false;

  constructor(call: (...args: unknown[]) => void, ms: number, repeats: boolean, args: unknown[]) {
    this.#ms = ms >= 1 ? ms : 1;
    this.#repeats = repeats;
    const context = new AsyncResource(repeats ? "Interval" : "Timeout");
    this.#call = () => context.runInAsyncScope(call, undefined, ...args);
    this.at = now() + this.#ms;
    schedule(this);
  }

  get _slips(): boolean {
    return true;
  }

  _expire(): void {
    callInTurn(() => {
      // It may have been due before it was closed.
      if (this.#closed) return;
      if (this.#repeats) this.refresh();
      this.#call();
    });
  }

  refresh(): this {
    if (this.#closed) return this;
    remove(this);
    this.at = now() + this.#ms;
    schedule(this);
    return this;
  }

  close(): this {
    this.#closed = true;
    unschedule(this);
    return this;
  }

  ref(): this {
    this.#holds = true;
    return this;
  }

  unref(): this {
    this.#holds = false;
    return this;
  }

  hasRef(): boolean {
    return this.#holds;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Where `promisify` of `node:util` looks. */
export const PROMISIFIED: unique symbol = Symbol.for("nodejs.util.promisify.custom") as never;

const calls: (() => void)[] = [];

/** As the host does it: what a callback leaves to microtasks is done before the next callback is called. */
function callInTurn(call: () => void): void {
  calls.push(call);
  if (calls.length === 1) callNextLater();
}

function callNextLater(): void {
  afterMicrotasks(() => {
    try {
      calls[0]!();
    } finally {
      calls.shift();
      if (calls.length > 0) callNextLater();
    }
  });
}

type Call = (...args: unknown[]) => void;

/**
 * Puts timers and `performance.now()` in virtual time in place of the global ones.
 *
 * @returns puts back what was there before
 */
export function replaceTimers(): () => void {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const clear =
    (host: (timer: never) => void) =>
    (timer: unknown): void =>
      timer instanceof VirtualTimer ? void timer.close() : host(timer as never);
  const virtual = {
    setTimeout: Object.assign(
      (call: Call, ms = 1, ...args: unknown[]) => new VirtualTimer(call, ms, false, args),
      {
        [PROMISIFIED]: (ms: number, value: unknown) =>
          new Promise((resolve) => new VirtualTimer(() => resolve(value), ms, false, [])),
      },
    ),
    setInterval: (call: Call, ms = 1, ...args: unknown[]) => new VirtualTimer(call, ms, true, args),
    clearTimeout: clear(clearTimeout),
    clearInterval: clear(clearInterval),
  };
  Object.assign(globalThis, virtual);
  const own = Object.getOwnPropertyDescriptor(performance, "now");
  Object.defineProperty(performance, "now", { value: now, configurable: true, writable: true });
  return () => {
    Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
    if (own === undefined) Reflect.deleteProperty(performance, "now");
    else Object.defineProperty(performance, "now", own);
  };
}
