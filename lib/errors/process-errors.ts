import { defineError, SkeinError } from "../errors.ts";

/**
 * How a process has ended, and what it said.
 *
 * @public
 */
export interface ProcessEnd {
  /** The command with its arguments, for people to read. */
  readonly command: string;
  /** `null` if a signal ended it, or if something else went wrong first. */
  readonly exitCode: number | null;
  /** The signal that ended it; `null` if none did. */
  readonly signal: string | null;
  /** What it said on standard output; the end of that, some kilobytes, where a handler took it. */
  readonly stdout: string;
  /** What it said on standard error; the end of that, some kilobytes, where a handler took it. */
  readonly stderr: string;
}

/**
 * A process ended with an exit code that is not success, or by a signal that nobody here sent.
 *
 * @public
 */
export class ProcessError extends SkeinError implements ProcessEnd {
  declare readonly command: string;
  declare readonly exitCode: number | null;
  declare readonly signal: string | null;
  declare readonly stdout: string;
  declare readonly stderr: string;

  constructor(
    message: string,
    end: ProcessEnd,
    options?: ErrorOptions,
    code: string = "ERR_SKEIN_PROCESS",
  ) {
    super(code, message, options);
    Object.assign(this, end);
  }

  static {
    defineError(this, "ProcessError");
  }
}

/**
 * A process said more than it was allowed to. It was stopped; what it said until then is in the error.
 *
 * @public
 */
export class ProcessOutputError extends ProcessError {
  constructor(message: string, end: ProcessEnd, options?: ErrorOptions) {
    super(message, end, options, "ERR_SKEIN_PROCESS_OUTPUT");
  }

  static {
    defineError(this, "ProcessOutputError");
  }
}

/**
 * A process could not be started: there is no such command, or it may not be run. `cause` is Node's error.
 *
 * @public
 */
export class ProcessStartError extends SkeinError {
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SKEIN_PROCESS_START", message, options);
  }

  static {
    defineError(this, "ProcessStartError");
  }
}
