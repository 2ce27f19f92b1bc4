import { CancelledError } from "../index.ts";
import { Failure } from "./failure.ts";
import type { Message } from "./message.ts";

/** Why a worker stops a call. */
export type Stop = "cancelled" | "caller gone" | "lock lost" | "worker ends";

const WORDS: Readonly<Record<Stop, string>> = {
  cancelled: "The caller has cancelled the call",
  "caller gone": "The caller was not heard of any more, so the call was stopped",
  "lock lost": "The worker could not be heard of for a while, so the call counts as lost",
  "worker ends": "The worker has ended while it ran the call",
};

/** A call that a worker runs. */
export class RunningJob {
  readonly message: Message;
  readonly #controller = new AbortController();
  #stop: Stop | undefined;

  constructor(message: Message) {
    this.message = message;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(why: Stop): void {
    if (this.#stop !== undefined) return;
    this.#stop = why;
    this.#controller.abort(new CancelledError(WORDS[why], "signal"));
  }

  /** Why it was stopped, if this is what came of that, or does not count: the call is another run's by now. */
  stoppedBy(error: unknown): Stop | undefined {
    const isItsEnd = this.#stop === "lock lost" || error === this.signal.reason;
    return isItsEnd ? this.#stop : undefined;
  }
}

/** What a stopped call has come to. */
export function failureOf(stop: Stop): Failure {
  return new Failure(stop === "cancelled" ? "c" : "l", WORDS[stop]);
}
