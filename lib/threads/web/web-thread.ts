import { VERSION } from "../../errors/copies.ts";
import { startRealTimer, stopRealTimer } from "../../host.ts";
import type { RealTimer } from "../../host/contract.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { page, type PageWorker, sharedFlag } from "./page.ts";
import type { FromWorker, Greeting, Outcome, Port, ToWorker } from "./protocol.ts";

interface Numbered {
  /** What the call is called in its thread. */
  readonly number: number;
}

/** Who gives calls to a thread. */
interface Keeper<C extends Numbered> {
  started(thread: WebThread<C>): void;
  replied(thread: WebThread<C>, call: C, outcome: Outcome, value: unknown): void;
  /** Said of a call that runs there. */
  told(call: C, kind: "progress" | "item", value: unknown): void;
  ended(thread: WebThread<C>, ending: Ending): void;
  /** It has had nothing to do for long. */
  idle(thread: WebThread<C>): void;
}

/** How a worker has ended, in the words of Node. */
export interface Ending {
  readonly exitCode: number;
  readonly error: unknown;
}

let threads = 0;

/** A worker of a page, from its start to its end. It has one call at a time. */
export class WebThread<C extends Numbered> {
  readonly id: number = ++threads;
  phase: "starting" | "up" | "gone" = "starting";
  hasStarted = false;
  call: C | undefined = undefined;
  /** The sessions that are suspended in it. */
  readonly held: Set<{ lost(error: unknown): void }> = new Set();
  /** What it is told of its call, and tells. */
  readonly mailbox: { flag(): void; hasAsked: boolean };
  readonly #keeper: Keeper<C>;
  readonly #flag = sharedFlag();
  readonly #port: Port;
  #worker: PageWorker | undefined;
  #calls = 0;
  #idle: RealTimer | undefined;

  constructor(url: Promise<string>, keeper: Keeper<C>) {
    const { port1, port2 } = new page.MessageChannel();
    this.#keeper = keeper;
    this.#port = port1;
    this.mailbox = { flag: () => this.#tellCancelled(), hasAsked: false };
    port1.onmessage = ({ data }) => this.#hear(data as FromWorker);
    port1.onmessageerror = () =>
      this.#end({ exitCode: 1, error: new Error("A message of the worker cannot be read") });
    // Whoever starts it hears of a failure as of any other end.
    this.#start(url, port2).catch((error: unknown) => this.#end({ exitCode: 1, error }));
  }

  /** @throws what refuses to be posted: then it has no call */
  give(call: C, message: ToWorker, transfer: readonly unknown[]): void {
    this.#port.postMessage(message, transfer);
    stopRealTimer(this.#idle);
    this.#idle = undefined;
    this.call = call;
    this.mailbox.hasAsked = false;
  }

  /** What its next call is called. */
  nextNumber(): number {
    return ++this.#calls;
  }

  /** It has no call any more; if it has none for so long, its keeper is told. */
  rest(idleMs: number): void {
    this.call = undefined;
    if (idleMs === Infinity || this.held.size > 0 || this.phase !== "up") return;
    this.#idle ??= startRealTimer(() => this.#keeper.idle(this), idleMs);
  }

  /** A call that was given has begun, or will, and there is no way to tell. */
  withdraw(): boolean {
    return false;
  }

  look(): boolean {
    return false;
  }

  terminate(): void {
    this.#end({ exitCode: 0, error: undefined });
  }

  async #start(url: Promise<string>, port: Port): Promise<void> {
    const href = await url;
    if (this.phase === "gone") return;
    if (page.Worker === undefined) throw new Error("There are no workers here");
    const worker = new page.Worker(href, { type: "module", name: `skein ${this.id}` });
    this.#worker = worker;
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message ?? `${href} cannot be loaded as a module of a worker`;
      this.#end({ exitCode: 1, error: new Error(message) });
    };
    const greeting: Greeting = { skein: VERSION, port, flag: this.#flag };
    worker.postMessage(greeting, [port]);
  }

  #hear(message: FromWorker): void {
    if (this.phase === "gone") return;
    if (message.kind === "up") {
      this.phase = "up";
      this.hasStarted = true;
      return this.#keeper.started(this);
    }
    if (message.kind === "ends") return this.#end(endingOf(message.error));
    const { call } = this;
    if (call?.number !== message.call) return;
    if (message.kind === "asked") this.mailbox.hasAsked = true;
    else if (message.kind === "reply") {
      this.#keeper.replied(this, call, message.outcome, message.value);
    } else this.#keeper.told(call, message.kind, message.value);
  }

  #tellCancelled(): void {
    const { call } = this;
    if (call === undefined) return;
    if (this.#flag !== undefined) Atomics.store(this.#flag, 0, call.number);
    else this.#port.postMessage({ kind: "cancel", call: call.number } satisfies ToWorker);
  }

  #end(ending: Ending): void {
    if (this.phase === "gone") return;
    this.phase = "gone";
    stopRealTimer(this.#idle);
    this.#worker?.terminate();
    this.#port.close();
    this.#keeper.ended(this, ending);
  }
}

/** @param thrown - encoded; undefined for a worker that has closed itself */
function endingOf(thrown: unknown): Ending {
  if (thrown === undefined) return { exitCode: 0, error: undefined };
  return { exitCode: 1, error: decodeThrown(thrown as EncodedThrown) };
}
