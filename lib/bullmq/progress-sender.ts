import { serializeValue } from "../executor.ts";
import { tooLarge } from "./too-large.ts";

/** So many characters of reports go into one message. */
const LONGEST_BATCH = 65_536;

/** Sends what a function reports: in order, and one message at a time, so that quick reports travel together. */
export class ProgressSender {
  readonly #send: (texts: string) => Promise<void>;
  readonly #texts: string[] = [];
  #sending: Promise<void> | undefined;

  /** @param send - sends reports as base64, separated by commas */
  constructor(send: (texts: string) => Promise<void>) {
    this.#send = send;
  }

  /** @throws NotTransferableError for what cannot be sent */
  report(value: unknown): void {
    const text = Buffer.from(serializeValue(value, "progress")).toString("base64");
    if (text.length > LONGEST_BATCH) throw tooLarge("progress", text.length, LONGEST_BATCH);
    this.#texts.push(text);
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when everything is sent. */
  async end(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#texts.length > 0) await this.#send(this.#batch());
    } finally {
      this.#sending = undefined;
    }
  }

  #batch(): string {
    let length = 0;
    let count = 0;
    for (const text of this.#texts) {
      length += text.length + 1;
      if (count > 0 && length > LONGEST_BATCH) break;
      count += 1;
    }
    return this.#texts.splice(0, count).join(",");
  }
}
