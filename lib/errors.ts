import { knowInCopies, versionsOf } from "./errors/copies.ts";

/**
 * Why a scope is cancelled, as seen from that scope.
 *
 * - `"cancel"`: its own `cancel()` was called
 * - `"deadline"`: its own deadline passed
 * - `"sibling"`: a task of the same group failed
 * - `"body"`: the body of its group failed
 * - `"exit"`: its group is done and stops what is left
 * - `"signal"`: the external `AbortSignal` that it was given
 * - `"parent"`: an enclosing scope, whatever happened to that one
 *
 * @public
 */
export type Origin = "cancel" | "deadline" | "sibling" | "body" | "parent" | "signal" | "exit";

/**
 * The base of every error that skein makes. `code` is the stable contract; messages may change.
 *
 * @public
 */
export class SkeinError extends Error {
  /** Stable identification, `ERR_SKEIN_…`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static {
    defineError(this, "SkeinError");
  }
}

/** Gives a class its `name` the way built-in errors have it: once, on the prototype, not enumerable. */
export function defineError(
  errorClass: abstract new (...args: never[]) => Error,
  className: string,
  name: string = className,
): void {
  knowInCopies(errorClass, className);
  Object.defineProperty(errorClass.prototype, "name", {
    value: name,
    configurable: true,
    writable: true,
  });
}

/**
 * The reason of a cancellation for which no other reason was given. Named `AbortError`, so that every check
 * written for `AbortSignal` recognises it.
 *
 * @public
 */
export class CancelledError extends SkeinError {
  /** What kind of event cancelled the scope that made this error. */
  readonly origin: Origin;

  constructor(message: string, origin: Origin, options?: ErrorOptions) {
    super("ERR_SKEIN_CANCELLED", message, options);
    this.origin = origin;
  }

  static {
    defineError(this, "CancelledError", "AbortError");
  }
}

/**
 * A deadline passed. Named `TimeoutError`; it is an ordinary failure, not a cancellation.
 *
 * @public
 */
export class DeadlineError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_DEADLINE", message, options);
  }

  static {
    defineError(this, "DeadlineError", "TimeoutError");
  }
}

/**
 * What awaiting a task gives when that task was cancelled on its own, and not with the one who waits.
 * `cause` is the reason.
 *
 * @public
 */
export class TaskCancelledError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_TASK_CANCELLED", message, options);
  }

  static {
    defineError(this, "TaskCancelledError");
  }
}

/**
 * Something was asked of a task group that has ended.
 *
 * @public
 */
export class GroupEndedError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_GROUP_ENDED", message, options);
  }

  static {
    defineError(this, "GroupEndedError");
  }
}

/**
 * `result()` of a task that still runs.
 *
 * @public
 */
export class NotSettledError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_NOT_SETTLED", message, options);
  }

  static {
    defineError(this, "NotSettledError");
  }
}

/**
 * A wait that could never end: a task that awaits itself, or a child that awaits the end of its own ancestor.
 *
 * @public
 */
export class DeadlockError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_DEADLOCK", message, options);
  }

  static {
    defineError(this, "DeadlockError");
  }
}

/**
 * You closed what you now use: a channel end, a lock, a handle.
 *
 * @public
 */
export class ClosedError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_CLOSED", message, options);
  }

  static {
    defineError(this, "ClosedError");
  }
}

/**
 * The other side of a channel is gone: what you send can never be received.
 *
 * @public
 */
export class BrokenChannelError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_BROKEN_CHANNEL", message, options);
  }

  static {
    defineError(this, "BrokenChannelError");
  }
}

/**
 * Every sender closed and the buffer is drained: there is nothing more to receive.
 *
 * @public
 */
export class EndOfChannelError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_END_OF_CHANNEL", message, options);
  }

  static {
    defineError(this, "EndOfChannelError");
  }
}

/**
 * A function cannot be carried to a worker thread. Refused before anything runs.
 *
 * @public
 */
export class ShipError extends SkeinError {
  /** Where in the function the obstacle is: the function's name, then each captured name on the way. */
  readonly path: readonly string[];
  /** The captured variable that cannot travel, if it is one. */
  readonly variable: string | undefined;

  constructor(message: string, path: readonly string[], variable?: string, options?: ErrorOptions) {
    super("ERR_SKEIN_SHIP", message, options);
    this.path = path;
    this.variable = variable;
  }

  static {
    defineError(this, "ShipError");
  }
}

/**
 * A value cannot cross between threads without losing what it is.
 *
 * @public
 */
export class NotTransferableError extends SkeinError {
  /** Where the value is, from the outside in, for example `["result", "items", "3", "fn"]`. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[], options?: ErrorOptions) {
    super("ERR_SKEIN_NOT_TRANSFERABLE", message, options);
    this.path = path;
  }

  static {
    defineError(this, "NotTransferableError");
  }
}

/**
 * The worker thread ended while it ran the function: `process.exit()` in it, out of memory, an uncaught error.
 *
 * @public
 */
export class WorkerExitedError extends SkeinError {
  /** The worker's exit code. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super("ERR_SKEIN_WORKER_EXITED", message, options);
    this.exitCode = exitCode;
  }

  static {
    defineError(this, "WorkerExitedError");
  }
}

/**
 * A call was not begun, for want of a worker thread: none could be started, or those that were ended before.
 *
 * @public
 */
export class WorkerStartError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_WORKER_START", message, options);
  }

  static {
    defineError(this, "WorkerStartError");
  }
}

/**
 * The worker thread that held something of yours (a suspended generator) is gone, and it with it.
 *
 * @public
 */
export class WorkerLostError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_WORKER_LOST", message, options);
  }

  static {
    defineError(this, "WorkerLostError");
  }
}

/**
 * A call to a thread pool that was closed or destroyed.
 *
 * @public
 */
export class ThreadpoolClosedError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_THREADPOOL_CLOSED", message, options);
  }

  static {
    defineError(this, "ThreadpoolClosedError");
  }
}

/**
 * Something was asked for that the runtime does not have: worker threads or the signals of a process in a browser, say.
 *
 * @public
 */
export class NotSupportedError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_NOT_SUPPORTED", message, options);
  }

  static {
    defineError(this, "NotSupportedError");
  }
}

/**
 * Providers depend on each other in a circle.
 *
 * @public
 */
export class CycleError extends SkeinError {
  /** The shortest circle, its first name repeated at the end. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[], options?: ErrorOptions) {
    super("ERR_SKEIN_CYCLE", message, options);
    this.path = path;
  }

  static {
    defineError(this, "CycleError");
  }
}

/**
 * A required input was not given.
 *
 * @public
 */
export class MissingInputError extends SkeinError {
  /** From the target to the input. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[], options?: ErrorOptions) {
    super("ERR_SKEIN_MISSING_INPUT", message, options);
    this.path = path;
  }

  static {
    defineError(this, "MissingInputError");
  }
}

/**
 * A provider of a longer lifetime depends on one of a shorter lifetime.
 *
 * @public
 */
export class CaptiveDependencyError extends SkeinError {
  /** From the longer-lived provider to the shorter-lived one. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[], options?: ErrorOptions) {
    super("ERR_SKEIN_CAPTIVE_DEPENDENCY", message, options);
    this.path = path;
  }

  static {
    defineError(this, "CaptiveDependencyError");
  }
}

/**
 * A provider lives in a lifetime that is not open for this resolution.
 *
 * @public
 */
export class LifetimeNotOpenError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_LIFETIME_NOT_OPEN", message, options);
  }

  static {
    defineError(this, "LifetimeNotOpenError");
  }
}

/**
 * A generator provider did not yield exactly once.
 *
 * @public
 */
export class GeneratorContractError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_GENERATOR_CONTRACT", message, options);
  }

  static {
    defineError(this, "GeneratorContractError");
  }
}

/** What users know by other words than the name of its class. */
interface Worded {
  _inWords(): string;
}

export function isWorded(value: object): value is Worded {
  return typeof (value as Partial<Worded>)._inWords === "function";
}

/**
 * A value as the end of a message: what it is, and its type where that is not plain to see.
 *
 * @param value - anything
 * @returns such as `5 (number)`, `"a" (string)`, `an instance of Date`
 *
 * @public
 */
export function got(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)} (string)`;
    case "function":
      return value.name === "" ? "an anonymous function" : `the function \`${value.name}\``;
    case "object": {
      if (value === null) return "null";
      if (isWorded(value)) return `${value._inWords()}${versionsOf(value)}`;
      const tag = Object.prototype.toString.call(value).slice(8, -1);
      const constructor: unknown = (value as { constructor?: unknown }).constructor;
      const name =
        typeof constructor === "function" && constructor.name !== "" ? constructor.name : tag;
      return `an instance of ${name}${versionsOf(value)}`;
    }
    case "undefined":
      return "undefined";
    default:
      return `${String(value)} (${typeof value})`;
  }
}
