import type { Call, Thread as PoolThread } from "../../../lib/threads/pool/call.ts";
import type { CallQueue } from "../../../lib/threads/pool/call-queue.ts";
import type { Engine } from "../../../lib/threads/pool/engine.ts";
import type { Permits } from "../../../lib/threads/pool/permits.ts";
import { END, KIND } from "../../../lib/threads/pool/protocol.ts";
import type { View } from "./memory.ts";
import { hidden } from "./modules.ts";
import { isIdle, type Thread } from "./thread.ts";

/** What is wrong while the main thread has nothing to do. */
export function* checkNow(engine: Engine, threads: readonly Thread[]): Generator<string> {
  for (const { id, sleep, memory } of threads) {
    if (sleep !== undefined && !sleep.isWoken && memory.int[sleep.cell] !== sleep.expected) {
      yield `Thread ${id} sleeps though there is something to do, and nobody wakes it`;
    }
  }
  for (const pooled of poolThreads(engine)) yield* checkThread(pooled);
  yield* checkPermits(engine);
}

function* checkThread(pooled: PoolThread): Generator<string> {
  const thread = threadOf(pooled);
  if (pooled.phase === "up" && pooled.call === undefined && !isIdle(thread.word)) {
    yield `Thread ${thread.id} is idle for the main thread, and its word says ${thread.word}`;
  }
}

function* checkPermits(engine: Engine): Generator<string> {
  const [limiter] = hidden<CallQueue<Call>>(hidden(engine, "queues"), "own").limiters;
  const { total, used } = limiter!.statistics();
  let held = 0;
  for (const { call, isLent } of poolThreads(engine)) {
    if (call === undefined) continue;
    if (call.permit !== undefined) held += 1;
    else if (!isLent && needsPermit(call)) yield `Call ${call.options.name} runs without a permit`;
  }
  if (used > total) yield `${used} of ${total} permits are out`;
  if (used !== held) yield `${used} permits are out, and calls have ${held}`;
  const { working } = hidden<Permits>(hidden(engine, "dispatcher"), "permits");
  if (working !== held) yield `${working} calls are counted, and ${held} have a permit`;
}

/** Steps that end a session are made without. */
function needsPermit({ work }: Call): boolean {
  return work.kind !== "resume" || work.step > 0;
}

function poolThreads(engine: Engine): ReadonlySet<PoolThread> {
  return hidden<{ all: ReadonlySet<PoolThread> }>(hidden(engine, "dispatcher"), "threads").all;
}

function threadOf({ mailbox }: PoolThread): Thread {
  return ((mailbox.cells as unknown as View).side as unknown as { thread: Thread }).thread;
}

/** What the main thread has put into a mailbox. */
export function callOf(engine: Engine, thread: Thread): Call | "end" | undefined {
  for (const pooled of poolThreads(engine)) {
    if (threadOf(pooled) !== thread) continue;
    return thread.memory.int[KIND] === END ? "end" : pooled.call;
  }
  return undefined;
}
