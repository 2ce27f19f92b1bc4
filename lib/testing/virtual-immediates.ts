import { AsyncResource } from "../host.ts";
import type { RunOrder } from "../scope/run-order.ts";
import { PROMISIFIED } from "./virtual-timers.ts";

type Call = (...args: unknown[]) => unknown;

/** Callbacks of `setImmediate` in a run whose order is decided. */
export class VirtualImmediates {
  readonly #order: RunOrder;
  readonly #host = {
    setImmediate: globalThis.setImmediate,
    clearImmediate: globalThis.clearImmediate,
  };
  /** Those whose turn of the event loop has not come. */
  readonly #pending = new Set<NodeJS.Immediate>();
  /** Those that are not called any more. */
  readonly #cleared = new WeakSet<NodeJS.Immediate>();

  constructor(order: RunOrder) {
    this.#order = order;
    // The web has none.
    if (globalThis.setImmediate === undefined) return;
    const setImmediate = (call: Call, ...args: unknown[]): NodeJS.Immediate => {
      const context = new AsyncResource("Immediate");
      return this.#set(() => void context.runInAsyncScope(call, undefined, ...args));
    };
    const virtual = {
      setImmediate: Object.assign(setImmediate, {
        [PROMISIFIED]: (value: unknown) =>
          new Promise((resolve) => this.#set(() => resolve(value))),
      }),
      clearImmediate: (immediate: NodeJS.Immediate | undefined): void => {
        if (immediate !== undefined) this.#clear(immediate);
      },
    };
    Object.assign(globalThis, virtual);
  }

  get areAwaited(): boolean {
    return this.#pending.size > 0;
  }

  /** Puts back what was there before. */
  putBack(): void {
    if (this.#host.setImmediate !== undefined) Object.assign(globalThis, this.#host);
  }

  #set(call: () => void): NodeJS.Immediate {
    const immediate = this.#host.setImmediate(() => {
      this.#pending.delete(immediate);
      this.#order.fire({
        _slips: true,
        _expire: () => {
          if (!this.#cleared.has(immediate)) call();
        },
      });
    });
    this.#pending.add(immediate);
    return immediate;
  }

  #clear(immediate: NodeJS.Immediate): void {
    this.#cleared.add(immediate);
    this.#pending.delete(immediate);
    this.#host.clearImmediate(immediate);
  }
}
