import { deserializeValue } from "../executor.ts";
import { RemoteLostError } from "./errors.ts";
import type { Entry } from "./event-stream.ts";
import { reasonOf } from "./failure.ts";
import type { RemoteCall } from "./remote-call.ts";
import { Say } from "./said.ts";
import type { Seal } from "./seal.ts";

/**
 * What a job has come to: what it has returned, why it has failed, or why it was given up by another than its worker.
 */
export interface JobOutcome {
  readonly returned?: string;
  readonly failed?: string;
  readonly lost?: string;
}

/** Where what has become of a call is kept. */
export interface Records {
  /** Undefined if there is no such job any more. */
  outcomeOf(callId: string): Promise<JobOutcome | undefined>;
}

/** Ends calls by what workers say of them. */
export class ReplyDesk {
  readonly #seal: Seal;
  readonly #records: Records;

  constructor(seal: Seal, records: Records) {
    this.#seal = seal;
    this.#records = records;
  }

  /** Takes in what was said of a call, other than that its worker has been told. */
  hear(remote: RemoteCall, { t, d, b }: Entry): void {
    if (t === Say.progress) this.#report(remote, d ?? "", Number(b));
    else if (d === undefined) void this.fetch(remote);
    else if (t === Say.returned) this.#return(remote, d);
    else if (t === Say.failed) this.#fail(remote, d);
  }

  /** Ends a call by its job, which is over. */
  async fetch(remote: RemoteCall): Promise<void> {
    const { call, callId } = remote;
    try {
      const outcome = await this.#records.outcomeOf(callId);
      if (outcome?.returned !== undefined) this.#return(remote, outcome.returned);
      else if (outcome?.failed !== undefined) this.#fail(remote, outcome.failed);
      else this.lose(remote, outcome?.lost);
    } catch (error) {
      call.reject(error);
    }
  }

  /**
   * Ends a call whose job is gone.
   *
   * @param why - what its record says, if there is one
   */
  lose({ call, callId, reason }: RemoteCall, why?: string): void {
    if (reason !== undefined) return call.reject(reason.value);
    const fate =
      why === undefined
        ? "is not in the queue any more, and nothing was heard of it: whether it has run cannot be told"
        : `was given up: ${why}`;
    // In BullMQ's words: too many workers were lost that ran it.
    const started = why?.includes("stalled") === true ? true : undefined;
    call.reject(new RemoteLostError(`The call of \`${call.name}\` ${fate}`, callId, started));
  }

  #return(remote: RemoteCall, sealed: string): void {
    const { call } = remote;
    try {
      const text = this.#open("returned", remote, sealed);
      call.resolve(deserializeValue(Buffer.from(text, "base64"), "result"));
    } catch (error) {
      call.reject(error);
    }
  }

  #fail(remote: RemoteCall, sealed: string): void {
    const { call, callId, reason } = remote;
    try {
      const text = this.#open("failed", remote, sealed);
      // That it was cancelled is no news.
      if (reason !== undefined && /^[cdlr]/.test(text)) call.reject(reason.value);
      else call.rejectThrown(reasonOf(text, callId, call.stack));
    } catch (error) {
      call.reject(error);
    }
  }

  #report(remote: RemoteCall, sealed: string, number: number): void {
    const { call } = remote;
    if (!(number > remote.reported)) return;
    remote.reported = number;
    try {
      for (const text of this.#open("progress", remote, sealed).split(",")) {
        call.report(deserializeValue(Buffer.from(text, "base64"), "progress"));
      }
    } catch (error) {
      call.reject(error);
    }
  }

  #open(kind: string, { call, callId }: RemoteCall, sealed: string): string {
    const text = this.#seal.open([kind, callId], sealed);
    if (text !== undefined) return text;
    const message = `A reply to the call of \`${call.name}\` was not made with our \`secret\`: see to it that workers and callers have the same`;
    throw new RemoteLostError(message, callId, undefined);
  }
}
