import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { nodeFs } from "../node-fs.ts";
import type { ShippedCode } from "../closure/receive.ts";
import { Cells } from "../codec/packed.ts";
import {
  ANSWER,
  type Body,
  BODY,
  CODE,
  EAGER,
  END,
  FIRST_VALUE,
  HELLO,
  KIND,
  MAIL,
  NOTICE,
  NUMBER,
  ROOM,
  type ThreadStart,
  type ToWorker,
  WAKE,
} from "../pool/protocol.ts";
import { forgetFunctions, ThreadFunction } from "./functions.ts";
import { Outlet } from "./outlet.ts";
import { printThrough } from "./output.ts";
import { WorkerMailbox } from "./worker-mailbox.ts";

/** How long a worker looks for its next call before it sleeps, if calls come that fast. */
const SPIN_MS = 0.1;
/** Without a call for so long, it goes to its event loop, and what earlier calls have left behind surfaces there. */
const DOZE_AFTER_MS = 20;
/** Between calls the event loop turns at least every so often. */
const TURN_AFTER_MS = 20;

const NO_BODY: Body = {
  args: undefined,
  isTogether: false,
  values: undefined,
  callId: undefined,
  contexts: undefined,
};

/** Runs what is in the mailbox, and replies. Gives a promise if it lets the event loop turn. */
export type Runner = (thread: WorkerThread) => Promise<unknown> | undefined;

/** The worker's side of a thread: takes one call at a time from the mailbox, and waits in three stages for the next. */
export class WorkerThread {
  readonly mailbox: WorkerMailbox;
  readonly cells: Cells;
  readonly outlet: Outlet;
  readonly functions: Map<number, ThreadFunction> = new Map();
  readonly #port: MessagePort;
  /** The last one that came, and the call that it belongs to, which may have been taken back. */
  #body: Body = NO_BODY;
  #bodyOf = 0;
  #answer: { readonly succeeded: boolean; readonly value: unknown } | undefined;
  #wake: (() => void) | undefined;
  #endedAt = 0;
  #turnedAt = 0;

  constructor({ port, shared }: ThreadStart) {
    this.#port = port;
    this.mailbox = new WorkerMailbox(shared);
    this.cells = new Cells(shared, FIRST_VALUE, ROOM);
    this.outlet = new Outlet(port, this.mailbox);
    port.on("message", (message: ToWorker) => this.#receive(message));
    port.on("messageerror", () => {});
    printThrough(this.outlet);
  }

  /** What did not fit into the mailbox, of the call that is in it. */
  get body(): Body {
    return this.#bodyOf === this.mailbox.cells[NUMBER] ? this.#body : NO_BODY;
  }

  async serve(run: Runner): Promise<never> {
    this.outlet.post([HELLO, systemId()]);
    this.#endedAt = this.#turnedAt = performance.now();
    const { mailbox } = this;
    for (;;) {
      if (!mailbox.take()) {
        if (!this.#look()) await this.#doze();
        continue;
      }
      const { cells } = mailbox;
      if (cells[MAIL] !== 0) this.#collect();
      if (cells[KIND] === END) process.exit(0);
      const running = run(this);
      if (running !== undefined) {
        await running;
        this.#turnedAt = performance.now();
      }
      this.#body = NO_BODY;
      if (this.#endedAt - this.#turnedAt > TURN_AFTER_MS) await this.#turn();
    }
  }

  /** A call that has begun then ends now; gives the milliseconds. */
  note(began: number): number {
    this.#endedAt = performance.now();
    return this.#endedAt - began;
  }

  /** The reply is written. */
  reply(): void {
    if (this.mailbox.reply()) this.outlet.post([NOTICE]);
  }

  /** Blocks until the main thread has answered. */
  awaitAnswer(message: Parameters<Outlet["post"]>[0]): {
    readonly succeeded: boolean;
    readonly value: unknown;
  } {
    const before = this.mailbox.answers;
    this.outlet.post(message);
    this.mailbox.awaitAnswer(before);
    this.#collect();
    const answer = this.#answer!;
    this.#answer = undefined;
    return answer;
  }

  /** Waits without giving the event loop a turn; false if that has been long enough. */
  #look(): boolean {
    const { mailbox } = this;
    if (mailbox.cells[EAGER] === 1) {
      if (this.#spin()) return true;
      mailbox.cells[EAGER] = 0;
      this.#endedAt = performance.now();
    }
    const now = performance.now();
    const left = this.#endedAt + DOZE_AFTER_MS - now;
    if (left > 0) mailbox.park(left);
    return mailbox.isPosted || performance.now() - this.#endedAt < DOZE_AFTER_MS;
  }

  #spin(): boolean {
    let until = 0;
    for (let looks = 1; ; looks++) {
      if (this.mailbox.isPosted) return true;
      if ((looks & 63) !== 0) continue;
      const now = performance.now();
      if (until === 0) until = now + SPIN_MS;
      else if (now > until) return false;
    }
  }

  async #doze(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.mailbox.doze()) await woken;
    this.#wake = undefined;
    this.#turnedAt = performance.now();
  }

  async #turn(): Promise<void> {
    await new Promise(setImmediate);
    this.#turnedAt = performance.now();
  }

  /** Takes in what has been sent. */
  #collect(): void {
    for (;;) {
      let received: { message: ToWorker } | undefined;
      try {
        received = receiveMessageOnPort(this.#port) as typeof received;
      } catch {
        // What cannot be read here is missed by the call that it belongs to.
        continue;
      }
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #forgetFunctions(): void {
    this.functions.clear();
    forgetFunctions();
  }

  #receive(message: ToWorker): void {
    if (message === WAKE) return this.#wake?.();
    switch (message[0]) {
      case CODE:
        if (message[3]) this.#forgetFunctions();
        this.functions.set(message[1], new ThreadFunction(message[2] as ShippedCode));
        return;
      case BODY:
        this.#bodyOf = message[1];
        this.#body = message[2];
        return;
      case ANSWER:
        this.#answer = { succeeded: message[1], value: message[2] };
    }
  }
}

/** How the system calls this thread, where it can be told. */
function systemId(): number | undefined {
  try {
    return Number(/(\d+)$/.exec(nodeFs().readlinkSync("/proc/thread-self"))?.[1]);
  } catch {
    return undefined;
  }
}
