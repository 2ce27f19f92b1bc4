import type { ExecutorCall } from "../executor.ts";
import type { Permit } from "../index.ts";
import type { BullMQCallOptions } from "./executor-options.ts";
import type { Message } from "./message.ts";

/**
 * What an executor knows of a call that it has to see to.
 *
 * ```
 *   waiting ──▶ adding ──▶ added ──▶ settled      by a reply, the sweep, or a cancellation
 *      └───────────┴──────────────▶ settled      waiting: nobody but this executor knows of it
 * ```
 */
export interface RemoteCall {
  readonly call: ExecutorCall<BullMQCallOptions>;
  readonly callId: string;
  readonly message: Message;
  phase: "waiting" | "adding" | "added";
  /** Settles with its job being in the queue; undefined until it is sent. */
  added: Promise<unknown> | undefined;
  permit: Permit | undefined;
  /** When it was last asked after, or sent. */
  askedAt: number;
  isAskedAfter: boolean;
  /** Its job was not there when it was last asked after. */
  isMissed: boolean;
  /** The number of the last reports that have come: a connection that breaks may bring some twice. */
  reported: number;
  /** Why it is cancelled, once it is; and the watch on an answer. */
  reason: { readonly value: unknown } | undefined;
  watch: NodeJS.Timeout | undefined;
}
