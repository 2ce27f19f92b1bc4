import type { Scope } from "../../../lib/scope/scope.ts";
import type { OnCancel } from "../../../lib/threads/executor.ts";
import type { Call } from "../../../lib/threads/pool/call.ts";
import type { Session } from "../../../lib/threads/pool/session.ts";
import type { FunctionWork } from "../../../lib/threads/pool/work.ts";
import type { Thread } from "./thread.ts";

/** A call that a scenario makes: `<name>!` is what it resolves with, unless something happens to it. */
export interface CallPlan {
  /** The function that it runs; its name by default. */
  readonly runs?: string;
  /** The arguments go in a message. */
  readonly isBig?: boolean;
  /** The values of its captured variables, which always go in a message. */
  readonly values?: unknown;
  readonly onCancel?: OnCancel | "finish-setup";
  readonly graceMs?: number;
  /** Its functions are known to be quick. */
  readonly isQuick?: boolean;
  /** Runs on the main thread when the worker calls the second argument. */
  readonly callback?: (record: CallRecord, given: unknown) => unknown;
  /** It sends two messages. */
  readonly hasProgress?: boolean;
  /** It ends its thread. */
  readonly exits?: boolean;
  /** What it is rejected with if it throws. */
  readonly throws?: string;
  /** It begins a session. */
  readonly session?: "iteration" | "held";
  /** What cannot be cloned is among its arguments. */
  readonly isRefused?: boolean;
}

/** What has become of a call. */
export interface CallRecord {
  readonly name: string;
  readonly plan: CallPlan;
  isSubmitted: boolean;
  isCancelled: boolean;
  call: Call | undefined;
  scope: Scope | undefined;
  session: Session<FunctionWork> | undefined;
  /** How often its function has begun. */
  begins: number;
  /** The thread that has claimed it. */
  takenBy: Thread | undefined;
  settlements: number;
  outcome: string | undefined;
  /** Settles the promise of its callback. */
  answer: (() => void) | undefined;
  callbacks: number;
  progress: number;
  /** Steps of its session that are not over. */
  stepping: number;
  /** What its steps have given, and what has become of its generator. */
  readonly log: string[];
  readonly notes: string[];
}

export const DESTROYED = Object.assign(new Error("destroyed"), { name: "Destroyed" });

const reasons = new Map<string, Error>();

/** What a call is cancelled with. */
export function reasonOf(name: string): Error {
  let reason = reasons.get(name);
  if (reason === undefined) {
    reason = Object.assign(new Error(name), { name: "Cancelled" });
    reasons.set(name, reason);
  }
  return reason;
}

export function recordOf(name: string, plan: CallPlan): CallRecord {
  return {
    name,
    plan,
    isSubmitted: false,
    isCancelled: false,
    call: undefined,
    scope: undefined,
    session: undefined,
    begins: 0,
    takenBy: undefined,
    settlements: 0,
    outcome: undefined,
    answer: undefined,
    callbacks: 0,
    progress: 0,
    stepping: 0,
    log: [],
    notes: [],
  };
}

export function nameOf(reason: unknown): string {
  return reason instanceof Error ? reason.name : String(reason);
}
