import { WorkerExitedError, WorkerLostError } from "../errors.ts";
import type { Ending } from "./fleet.ts";
import type { Lane } from "./lane.ts";

/** Whether a thread ended by an error that no call answers for: one has left it behind. */
export function isLateError(lane: Lane, { exitCode, error }: Ending): boolean {
  if (exitCode === undefined || error instanceof WorkerExitedError) return false;
  return !lane.calls.some((call) => !call.settled && lane.hasBegun(call));
}

export function exited({ exitCode = 0, error }: Ending): WorkerExitedError {
  // A thread that exits by itself, as by `process.exit()`, has no more to say than the code.
  const why = error instanceof WorkerExitedError ? "" : `: ${describe(error)}`;
  const message = `The worker thread ended with exit code ${exitCode} while it ran the function${why}`;
  return new WorkerExitedError(message, exitCode, { cause: error });
}

export function unstarted(error: unknown): WorkerExitedError {
  const message = `A worker thread could not be started: ${describe(error)}`;
  return new WorkerExitedError(message, 1, { cause: error });
}

export function lostIteration(): WorkerLostError {
  return new WorkerLostError("The thread that held the suspended iteration has ended");
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
