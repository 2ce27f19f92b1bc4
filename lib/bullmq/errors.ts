import { SkeinError } from "../index.ts";

/**
 * Nobody can say what came of a call on another machine: its worker is gone, or its queue was emptied, or no worker
 * would take what it was sent. Whether the function has begun is in `started`.
 *
 * @public
 */
export class RemoteLostError extends SkeinError {
  /** What `callId()` of `skein/worker` gave in the function. */
  readonly callId: string;
  /**
   * `true`: a worker had taken it, so it may have run in part or whole. `false`: it has not begun and never will.
   * `undefined`: that cannot be told.
   */
  readonly started: boolean | undefined;

  constructor(
    message: string,
    callId: string,
    started: boolean | undefined,
    options?: ErrorOptions,
  ) {
    super("ERR_SKEIN_REMOTE_LOST", message, options);
    this.callId = callId;
    this.started = started;
  }

  static {
    nameErrors(this, "RemoteLostError");
  }
}

/**
 * No worker of the queue has a function of this name.
 *
 * @public
 */
export class UnknownFunctionError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_UNKNOWN_FUNCTION", message, options);
  }

  static {
    nameErrors(this, "UnknownFunctionError");
  }
}

function nameErrors(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", {
    value: name,
    configurable: true,
    writable: true,
  });
}
