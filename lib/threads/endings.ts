import { WorkerExitedError, WorkerLostError } from "../errors.ts";
import type { Call } from "./call.ts";
import type { Ending } from "./fleet.ts";
import type { Lane } from "./lane.ts";

/** How many threads may end under a call before it begins, until it is given up. */
const MOST_ATTEMPTS = 3;

/** Whether a thread ended by an error that no call answers for: one has left it behind. */
export function isLateError(lane: Lane, { exitCode, error }: Ending): boolean {
  if (exitCode === undefined || error instanceof WorkerExitedError) return false;
  return !lane.calls.some((call) => !call.settled && lane.hasBegun(call));
}

function exited({ exitCode = 0, error }: Ending): WorkerExitedError {
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

/** What becomes of a call whose thread has ended. */
export function orphan(call: Call, lane: Lane, ending: Ending): void {
  if (call.settled) return;
  const hasBegun = lane.hasBegun(call);
  const { cancellation } = call;
  if (cancellation !== undefined && hasBegun) {
    // Nothing that belongs to the call outlives it, so neither does its callback on this thread.
    if (call.answering === undefined) call.reject(cancellation.reason);
    else void call.answering.then(() => call.reject(cancellation.reason));
  } else if (hasBegun || ++call.attempts >= MOST_ATTEMPTS) {
    call.reject(exited(ending));
  } else if (isContinued(call)) {
    call.reject(lostIteration());
  } else {
    takeBack(call, lane);
  }
}

/** Puts a call that has not begun back in line. One that was to take the result of another goes on its own, if at all. */
export function takeBack(call: Call, lane: Lane): void {
  if (call.pipe !== undefined && !call.pipe.decline()) return;
  call.sequence = 0;
  lane.line!.queue.unshift(call);
}

/** Ends a call that has not begun; one that nobody has made is no call yet. */
export function giveUp(call: Call, reason: unknown): void {
  if (call.pipe?.isClaimed === false) call.pipe.decline();
  else call.reject(reason);
}

/** Whether a call goes on with an iteration that has begun. */
export function isContinued(call: Call): boolean {
  return call.work.kind !== "call";
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
