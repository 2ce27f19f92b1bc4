import type { MessagePort, TransferListItem } from "node:worker_threads";
import type { FromWorker } from "../pool/protocol.ts";
import type { WorkerMailbox } from "./worker-mailbox.ts";

/**
 * So many messages on the side may be on their way; then the worker waits until the main thread has dealt with some.
 */
const WINDOW = 16;
/** A main thread that deals with none for so long does not turn, perhaps because it waits for what this worker does. */
const STANDSTILL_MS = 1_000;

/** Where the messages of a thread go out. */
export class Outlet {
  readonly #port: MessagePort;
  readonly #mailbox: WorkerMailbox;
  #sent = 0;

  constructor(port: MessagePort, mailbox: WorkerMailbox) {
    this.#port = port;
    this.#mailbox = mailbox;
  }

  post(message: FromWorker, transfer?: readonly unknown[]): void {
    // Reading a list, be it empty, costs the port more than all the rest.
    if (transfer === undefined || transfer.length === 0) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer as TransferListItem[]);
  }

  /** Sends what comes beside the result. Blocks while there is too much of it for the main thread. */
  postAside(message: FromWorker): void {
    this.#port.postMessage(message);
    this.#sent = (this.#sent + 1) | 0;
    for (;;) {
      const { heard } = this.#mailbox;
      if (((this.#sent - heard) | 0) < WINDOW) return;
      if (!this.#mailbox.awaitHeard(heard, STANDSTILL_MS)) return;
    }
  }
}
