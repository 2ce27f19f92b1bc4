import type { MessagePort } from "node:worker_threads";

/**
 * What the two sides of a lane say to each other. Messages are tuples, because small arrays are the cheapest thing
 * that structured clone knows. Every message to the worker is followed by a change of `SIGNAL`, which wakes it.
 */

/** Cells of the `Int32Array` that both sides of a lane share. */
export const SIGNAL = 0;
/** Sequence number of the last call that the worker took from its port, whether it ran it or not. */
export const TAKEN = 1;
/** Sequence number of the last call that asked whether it is cancelled. */
export const CHECKED = 2;
const FIRST_SLOT = 4;

/** How many calls a lane can have outstanding, withdrawn ones included. */
export const SLOTS = 32;
export const SHARED_BYTES: number = (FIRST_SLOT + SLOTS) * Int32Array.BYTES_PER_ELEMENT;

/** The cell that holds the state of call number `sequence`. */
export function slotOf(sequence: number): number {
  return FIRST_SLOT + (sequence % SLOTS);
}

/**
 * The state of a call, decided by compare-and-exchange, so that exactly one side wins:
 *
 * ```
 *   WAITING ──(worker)──▶ STARTED ──(main)──▶ CANCELLED    the function may see it and stop
 *      │                     ├────────────────────┤
 *      │                  (worker)              (main)
 *      │                     ▼                    ▼
 *      │                   ENDED                DOOMED      the thread is being ended: it begins nothing after this
 *      └──────(main)────▶ WITHDRAWN                        the function never runs
 * ```
 *
 * A call that has been cancelled may still end, and one that has started may be doomed at once.
 */
export const WAITING = 0;
export const STARTED = 1;
export const CANCELLED = 2;
export const WITHDRAWN = 3;
export const ENDED = 4;
export const DOOMED = 5;

/** What a slot holds for a call: nobody takes it for the state of another call that has had the slot before. */
export function stateOf(sequence: number, state: number): number {
  return (sequence << 3) | state;
}

export const CALL = 0;
export const NEXT = 1;
export const STOP = 2;
export const ANSWER = 3;
export const RELEASE = 4;
export const END = 5;
export const FINISH = 6;

/** Instead of a number of items: the call returns a generator, which is to stay suspended at its first `yield`. */
export const HOLD = -1;

export const SUCCESS = 0;
export const FAILURE = 1;
export const UNDECIDED = 2;

/** Runs a function. `batch` above 0: it returns an iterable, of which at most so many items are wanted. */
export type CallMessage = readonly [
  kind: typeof CALL,
  sequence: number,
  codeId: string,
  /** Encoded; a callback in it is a {@link CallbackMark}. */
  args: unknown,
  // Most calls end here: the less there is in a message, the sooner it arrives.
  batch?: number,
  values?: unknown,
  /** Sent once per thread; afterwards the id is enough. */
  code?: unknown,
  /** The result of the job before it in the message goes to this key of the first argument. */
  into?: string | undefined,
];
/** What stands in the arguments for a function that runs on the main thread. */
export interface CallbackMark {
  readonly callback: number;
}
/** Continues the suspended iteration. */
type NextMessage = readonly [kind: typeof NEXT, sequence: number, batch: number];
/** Ends the suspended iteration: its `finally` blocks run. */
type StopMessage = readonly [kind: typeof STOP, sequence: number];
/** Ends a generator that was held: resumes it with a verdict. */
export type FinishMessage = readonly [
  kind: typeof FINISH,
  sequence: number,
  /** The number of the call that began it. */
  resident: number,
  verdict: typeof SUCCESS | typeof FAILURE | typeof UNDECIDED,
  /** Encoded; the error of a failure. */
  thrown: unknown,
];
/** The outcome of a callback that the worker waits for. */
export type AnswerMessage = readonly [kind: typeof ANSWER, ok: boolean, value: unknown];
/** Gives the thread back to the pool. */
type ReleaseMessage = readonly [kind: typeof RELEASE];
/** Makes the thread end itself. */
type EndMessage = readonly [kind: typeof END];

export type Job = CallMessage | NextMessage | StopMessage | FinishMessage;
export type ToWorker = Job | AnswerMessage | ReleaseMessage | EndMessage;
/** Several calls travel in one message. */
export type Delivery = ToWorker | { readonly jobs: readonly Job[] };

export const HELLO = 0;
export const RETURNED = 1;
export const THREW = 2;
export const UNLOADED = 3;
export const PROGRESS = 4;
export const CALLBACK = 5;
export const DECLINED = 6;

export type FromWorker =
  | readonly [kind: typeof HELLO, threadId: number]
  | readonly [kind: typeof RETURNED, sequence: number, value: unknown, milliseconds: number]
  | readonly [kind: typeof THREW, sequence: number, thrown: unknown, milliseconds: number]
  /** Like `THREW`; moreover the worker does not have the function's code. */
  | readonly [kind: typeof UNLOADED, sequence: number, thrown: unknown, milliseconds: number]
  /** The job was not begun, since there is no result of the one before it that it could be given. */
  | readonly [kind: typeof DECLINED, sequence: number, nothing: undefined, milliseconds: 0]
  | readonly [kind: typeof PROGRESS, sequence: number, value: unknown]
  | readonly [kind: typeof CALLBACK, sequence: number, callback: number, args: unknown];

/** What a lane's `RETURNED` carries for an iteration. */
export interface Batch {
  readonly items: readonly unknown[];
  readonly done: boolean;
  /** Encoded; what the iteration threw after these items. */
  readonly thrown?: unknown;
}

/** What a lane's `RETURNED` carries for a generator that is held or finished. */
export interface HeldReply {
  /** Whether no generator is held in the thread any more. */
  readonly done: boolean;
  readonly resident: number;
  readonly isSuspended: boolean;
  /** Whether it yielded when it was to end. */
  readonly hasYieldedAgain: boolean;
  /** Encoded; what it yielded first. */
  readonly value: unknown;
}

/** The task that the thread pool below hands to the worker's entry. */
export type Errand =
  | { readonly errand: "lane"; readonly port: MessagePort; readonly shared: SharedArrayBuffer }
  | { readonly errand: "warm" }
  | { readonly errand: "end" };
