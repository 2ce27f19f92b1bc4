import { blockingCallback } from "./blocking-callback.ts";
import { ReceivedFunctions, type ShippedCode } from "../closure/receive.ts";
import { encodeThrown } from "../codec/errors.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import { decodeValue, encodeValue } from "../codec/values.ts";
import { type CurrentCall, enterWorker } from "../current-call.ts";
import { Iteration } from "./iteration.ts";
import {
  CALL,
  type CallMessage,
  type CallbackMark,
  FINISH,
  HOLD,
  type Job,
  NEXT,
  PROGRESS,
  RETURNED,
  THREW,
  UNLOADED,
} from "../protocol.ts";
import type { WorkerLane } from "./worker-lane.ts";
import { encodeResult } from "./encode-result.ts";
import { handOver } from "./hand-over.ts";

const worker = enterWorker();
/** Functions stay loaded for the life of the thread, whatever lanes come and go. */
const functions = new ReceivedFunctions();
/** Code that is here and not loaded: of a call that was withdrawn, or failed to load. Those behind it come without. */
const unloaded = new Map<string, ShippedCode>();

/** Functions that have returned a promise. */
const yielding = new Set<string>();

/**
 * Whether a job will let the event loop turn while it runs. Then what earlier jobs have left behind (a rejection, a timer)
 * should surface before it starts, lest it look like the job's own.
 */
export function takesTurns(job: Job): boolean {
  if (job[0] !== CALL) return false;
  const id = job[2];
  return !functions.has(id) || yielding.has(id);
}

/** Runs a job and replies. Returns a promise if the job needs one; most do not. */
export function runJob(lane: WorkerLane, job: Job): Promise<void> | undefined {
  if (job[0] === CALL && !functions.has(job[2])) return loadThenRun(lane, job);
  return start(lane, job);
}

/** Keeps the code that came with a job that is withdrawn: it comes once, and others may need it. */
export function skipJob(job: Job): void {
  if (job[0] === CALL && !functions.has(job[2])) keepCode(job);
}

function keepCode([, , id, , , , code]: CallMessage): void {
  if (code !== undefined) unloaded.set(id, code as ShippedCode);
}

async function loadThenRun(lane: WorkerLane, job: CallMessage): Promise<void> {
  const began = performance.now();
  keepCode(job);
  try {
    await functions.load(unloaded.get(job[2])!);
    unloaded.delete(job[2]);
  } catch (error) {
    lane.post([UNLOADED, job[1], encodeThrown(error), performance.now() - began]);
    return;
  }
  await start(lane, job);
}

function start(lane: WorkerLane, job: Job): Promise<void> | undefined {
  const began = performance.now();
  worker.current = new RunningCall(lane);
  try {
    const result = perform(lane, job);
    if (isThenable(result)) return settle(lane, job, result, began);
    reply(lane, job, result, began);
  } catch (thrown) {
    replyThrown(lane, job, thrown, began);
  }
  worker.current = undefined;
  return undefined;
}

async function settle(
  lane: WorkerLane,
  job: Job,
  result: PromiseLike<unknown>,
  began: number,
): Promise<void> {
  if (job[0] === CALL) yielding.add(job[2]);
  try {
    reply(lane, job, await result, began);
  } catch (thrown) {
    replyThrown(lane, job, thrown, began);
  } finally {
    worker.current = undefined;
  }
}

function perform(lane: WorkerLane, job: Job): unknown {
  if (job[0] === CALL) {
    lane.operation += 1;
    const fn = functions.instantiate(job[2], job[5]);
    const hooks = { onSpecial: (mark: object) => blockingCallback(lane, mark as CallbackMark) };
    const args = decodeValue(job[3], hooks) as unknown[];
    if (job[7] !== undefined) (args[0] as Record<string, unknown>)[job[7]] = lane.given!.value;
    lane.given = undefined;
    return fn(...args);
  }
  return undefined;
}

function reply(lane: WorkerLane, job: Job, result: unknown, began: number): void {
  const transfer: unknown[] = [];
  const value = outcome(lane, job, result, transfer);
  try {
    lane.post([RETURNED, job[1], value, performance.now() - began], transfer);
    if (lane.isFollowed && transfer.length === 0) lane.handed = handOver(value);
  } catch (error) {
    if (job[0] === CALL && job[4] === HOLD) lane.residents.drop(job[1]);
    throw explainCloneFailure(error, value, "result");
  }
}

/** What the main thread gets: a result, or the next batch of an iteration. */
function outcome(lane: WorkerLane, job: Job, result: unknown, transfer: unknown[]): unknown {
  if (job[0] === FINISH) return lane.residents.finish(job);
  if (job[0] === CALL && job[4] === HOLD) return lane.residents.begin(job[1], result, transfer);
  const wanted = (job[0] === CALL ? job[4] : job[0] === NEXT ? job[2] : 0) ?? 0;
  if (job[0] === CALL && wanted === 0) return encodeResult(result, transfer);
  if (job[0] === CALL) lane.iteration = new Iteration(result);
  const iteration = lane.iteration;
  if (iteration === undefined) return { items: [], done: true };
  if (wanted === 0) {
    lane.iteration = undefined;
    iteration.stop();
    return { items: [], done: true };
  }
  const batch = iteration.advance(wanted, () => lane.isCancelled(), transfer);
  if (batch.done) lane.iteration = undefined;
  return batch;
}

function replyThrown(lane: WorkerLane, job: Job, thrown: unknown, began: number): void {
  lane.post([THREW, job[1], encodeThrown(thrown), performance.now() - began]);
}

/** What `checkCancelled` and `progress` reach. */
class RunningCall implements CurrentCall {
  readonly #lane: WorkerLane;

  constructor(lane: WorkerLane) {
    this.#lane = lane;
  }

  isCancelled(): boolean {
    return this.#lane.isCancelled();
  }

  progress(value: unknown): void {
    this.#lane.post([PROGRESS, this.#lane.sequence, encodeValue(value, "progress")]);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as PromiseLike<unknown>).then === "function"
  );
}
