import { WaitQueue } from "../scope/wait-queue.ts";
import type { Queued } from "../scope/wait-queue.ts";

/** Waits for something to settle. */
export interface SettlementWait extends Queued {
  settle(): void;
}

interface Settling {
  settled(): Promise<void>;
}

/**
 * Who waits for one thing to settle. There is one for each thing and it listens once, however often and by how many
 * the thing is waited for: a promise cannot be told to forget a listener.
 */
export class Settlement {
  past = false;
  readonly waiting: WaitQueue<SettlementWait> = new WaitQueue();

  constructor(source: Settling) {
    const settle = (): void => this.#settle();
    void source.settled().then(settle, settle);
  }

  #settle(): void {
    this.past = true;
    for (let wait = this.waiting.shift(); wait !== null; wait = this.waiting.shift()) wait.settle();
  }
}

const settlements = new WeakMap<Settling, Settlement>();

export function settlementOf(source: Settling): Settlement {
  let settlement = settlements.get(source);
  if (settlement === undefined) settlements.set(source, (settlement = new Settlement(source)));
  return settlement;
}

/** Whether it is known to have settled. A task says so at once, anything else a turn later. */
export function hasSettled(source: Settling): boolean {
  if (settlements.get(source)?.past === true) return true;
  const { status } = source as { readonly status?: unknown };
  return status === "fulfilled" || status === "rejected" || status === "cancelled";
}
