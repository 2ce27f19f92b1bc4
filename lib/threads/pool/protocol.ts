/**
 * What the two sides of a thread say to each other. One call at a time is in the mailbox: memory that both sides share.
 * What is too big for it goes over the thread's port, and the mailbox says so.
 *
 * The word of the mailbox tells whose turn it is. Every step is one compare-and-exchange, so exactly one side makes it:
 *
 * ```
 *             ┌───────(main: withdraw)───────┐
 *             ▼                              │
 *   ┌──────▶ IDLE ──(main: post)──▶ POSTED ──┘
 *   │                                 │
 *   │                           (worker: take)
 *   │                                 ▼
 *   └────────(worker: reply)────── RUNNING
 * ```
 *
 * A thread that has a call and whose word is IDLE has replied. One that ends has not begun its call if the word is
 * POSTED, and was in the middle of it if the word is RUNNING.
 */
export const IDLE = 0;
export const POSTED = 1;
export const RUNNING = 2;
export const STATE = 3;

/** With IDLE: the worker sleeps until the word changes and it is notified. */
export const PARKED = 4;
/** With IDLE: the worker is in its event loop and comes for a message. */
export const DOZING = 8;
/**
 * With POSTED or RUNNING: the main thread does not look at the word and wants a message when the worker has replied.
 */
export const LISTENING = 16;
/** With RUNNING: the caller has cancelled the call. */
export const CANCELLED = 32;

/**
 * Cells of the mailbox, 32 bits each. Whoever looks at the word is not disturbed by what is written elsewhere: it has a
 * line of the processor's cache to itself. What a small call needs is in another one.
 */
export const WORD = 0;
/** How many answers the main thread has sent to a worker that blocks for them. */
export const ANSWERS = 16;
/** How many messages on the side (progress, output) the main thread has dealt with. */
export const HEARD = 17;
/** The number of the last call that asked whether it is cancelled. */
export const ASKED = 18;
/** The number of the call, so that messages can name it. */
export const NUMBER = 32;
/** What the worker is to do: {@link CALL} and what follows there. */
export const KIND = 33;
/** The number of the function. */
export const FUNCTION = 34;
/** 1 if there are messages on the port to read first. */
export const MAIL = 35;
/** How many values there are in the mailbox; {@link ON_PORT}: what belongs here is a message. */
export const COUNT = 36;
/** What became of the call: {@link RETURNED} and what follows there. */
export const OUTCOME = 37;
/** How many items of an iteration are wanted, or what a session is told. */
export const STEP = 38;
/** The session that a step belongs to. */
export const SESSION = 39;
/** 1 if calls come so fast that it pays for the worker to look for the next one. */
export const EAGER = 40;

export const ON_PORT = -1;

/** In doubles: where the worker writes how many milliseconds the function took, and where values begin. */
export const MILLISECONDS = 21;
export const FIRST_VALUE = 22;
/** In doubles: how much room there is for values. */
export const ROOM = 256;
export const SHARED_BYTES: number = (FIRST_VALUE + ROOM) * Float64Array.BYTES_PER_ELEMENT;

/** Runs a function and replies with its result. */
export const CALL = 0;
/** Runs a function that returns an iterator, and makes that a session's first step. */
export const BEGIN = 1;
/** Makes the next step of a session. */
export const RESUME = 2;
/** Ends the thread from inside. */
export const END = 3;

/** What a session is told, if it is not a number of items that are wanted. */
export const HOLD = 0;
export const SUCCEED = -1;
export const FAIL = -2;
export const STOP = -3;

export const RETURNED = 0;
export const THREW = 1;
/** Like `THREW`; moreover the worker does not have the function's code. */
export const UNLOADED = 2;

/** Messages to the worker. */
export const WAKE = 0;
export const CODE = 1;
export const BODY = 2;
export const ANSWER = 3;

/** What does not fit into the mailbox. */
export interface Body {
  /** Encoded; a callback in it is a {@link CallbackMark}. Undefined: in the mailbox. */
  readonly args: unknown;
  /** Claim: `args` has the values of captured variables, too. */
  readonly isTogether: boolean;
  /** Encoded: the values of captured variables; or, for a session that is told of a failure, the error. */
  readonly values: unknown;
  /** What the function is to know its call by. */
  readonly callId: string | undefined;
  /** What it is to be called within, the outermost first. */
  readonly contexts: readonly ContextMark[] | undefined;
}

/** A context that goes with a call. */
export interface ContextMark {
  /** The number of the function that enters it. */
  readonly fn: number;
  /** Encoded: what that captures. */
  readonly values: unknown;
  /** Encoded: what was captured of the context. */
  readonly value: unknown;
}

export type ToWorker =
  | typeof WAKE
  /** All functions sent before it are to be forgotten, or none. */
  | readonly [kind: typeof CODE, fn: number, code: unknown, isFirst: boolean]
  | readonly [kind: typeof BODY, call: number, body: Body]
  | readonly [kind: typeof ANSWER, succeeded: boolean, value: unknown];

/** What stands in the arguments for a function that runs on the main thread. */
export interface CallbackMark {
  readonly callback: number;
}

/** Messages to the main thread. */
export const HELLO = 0;
export const NOTICE = 1;
export const REPLY = 2;
export const ITEM = 3;
export const PROGRESS = 4;
export const OUTPUT = 5;
export const CALLBACK = 6;

export type FromWorker =
  /** The thread is up. `systemId`: how the system calls it, where that is known. */
  | readonly [kind: typeof HELLO, systemId: number | undefined]
  /** There is a reply in the mailbox. */
  | readonly [kind: typeof NOTICE]
  /** What belongs to the reply that the mailbox tells of, or will. */
  | readonly [kind: typeof REPLY, call: number, value: unknown]
  | readonly [kind: typeof ITEM, call: number, item: unknown]
  | readonly [kind: typeof PROGRESS, call: number, value: unknown]
  | readonly [kind: typeof OUTPUT, stream: "stdout" | "stderr", chunk: Uint8Array | string]
  | readonly [kind: typeof CALLBACK, call: number, callback: number, args: unknown];

/** What a session's step replies, after the items of an iteration. */
export interface StepReply {
  /** Whether it is over. */
  readonly done: boolean;
  /** Whether it yielded when it was to end. */
  readonly hasYieldedAgain?: boolean;
  /** Encoded: what a generator that is held has yielded. */
  readonly value?: unknown;
  /** Encoded: what the iteration threw after its items. */
  readonly thrown?: unknown;
}

/** What the pool below hands to a new thread. */
export interface ThreadStart {
  readonly port: import("node:worker_threads").MessagePort;
  readonly shared: SharedArrayBuffer;
  /** Of the package that the pool is of. */
  readonly version: string;
}
