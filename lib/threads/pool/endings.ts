import { WorkerExitedError, WorkerLostError, WorkerStartError } from "../../errors.ts";
import type { Ending } from "./pool-thread.ts";

/** How many threads may end under a call before it begins, until it is given up. */
export const MOST_ATTEMPTS = 3;

export function exited({ exitCode, error }: Ending): WorkerExitedError {
  // A thread that exits by itself, as by `process.exit()`, has no more to say than the code.
  const why = error === undefined ? "" : `: ${describe(error)}`;
  const message = `The worker thread ended with exit code ${exitCode} while it ran the function${why}`;
  return new WorkerExitedError(message, exitCode, { cause: error });
}

export function neverBegun({ exitCode, error }: Ending): WorkerStartError {
  const message = `The call was not begun: ${MOST_ATTEMPTS} worker threads in a row ended before that, the last one with exit code ${exitCode}`;
  return new WorkerStartError(message, { cause: error });
}

/** What was moved to a thread cannot be moved to another one. */
export function movedAway({ exitCode, error }: Ending): WorkerStartError {
  const message = `The call was not begun: its worker thread ended before that, with exit code ${exitCode}, and what had been moved to it is gone`;
  return new WorkerStartError(message, { cause: error });
}

export function unstarted({ exitCode, error }: Ending): WorkerStartError {
  const why = error === undefined ? `it ended with exit code ${exitCode}` : describe(error);
  const message = `A worker thread could not be started: ${why}`;
  return new WorkerStartError(message, { cause: error });
}

export function lostSession(cause?: unknown): WorkerLostError {
  return new WorkerLostError(
    "The thread that held the suspended generator has ended, and the generator with it: its cleanup did not run",
    { cause },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
