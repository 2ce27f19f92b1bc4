// The host's: threads take real time, also where a test lets time jump.
import { clearTimeout, setTimeout } from "node:timers";
import type { Thread } from "./call.ts";
import { poolsWithThreads, type ReportingPool } from "./pool-reports.ts";

/** What a timer of Node's can wait for. */
const LONGEST_MS = 2 ** 31 - 1;
/** A thread that is started ahead of need takes the processor from nobody: those who wait for a thread come first. */
const SPARE_AFTER_MS = 25;
/** How long a thread has to end itself. */
const END_MS = 1000;
/** More threads than this are not started, whatever the limiters allow. */
const MOST_THREADS = 256;

/** The threads of a pool: starts them, keeps those that nobody uses for a while, ends them. */
export class Threads {
  /** Those that are not gone. */
  readonly all: Set<Thread> = new Set();
  /** Those that have no call and hold nothing. The last one was used last, and is the warmest. */
  readonly idle: Thread[] = [];
  starting = 0;
  readonly #start: () => Thread;
  readonly #pool: ReportingPool;
  readonly #idleMs: number;
  /** Whether calls wait, if only for a permit: then no thread is idle for want of calls. */
  readonly #isWanted: () => boolean;
  #round = 0;
  #reaper: NodeJS.Timeout | undefined;
  /** Whether one more than needed is kept ready, since one was ended for a call. */
  #keepsSpare = false;
  #spareTimer: NodeJS.Timeout | undefined;
  #onGone: (() => void) | undefined;
  /** Who waits for threads to start. */
  readonly #starts: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor(idleMs: number, isWanted: () => boolean, pool: ReportingPool, start: () => Thread) {
    this.#pool = pool;
    this.#idleMs = idleMs;
    this.#isWanted = isWanted;
    this.#start = start;
  }

  /** How many there are that take calls, or will. */
  get count(): number {
    let count = 0;
    for (const { phase } of this.all) if (phase !== "ending") count += 1;
    return count;
  }

  get isFull(): boolean {
    return this.all.size >= MOST_THREADS;
  }

  get isEnding(): boolean {
    return this.#onGone !== undefined;
  }

  start(): void {
    this.starting += 1;
    poolsWithThreads.add(this.#pool);
    this.all.add(this.#start());
  }

  /** One of them is up. */
  started(thread: Thread): void {
    this.starting -= 1;
    this.put(thread);
    for (const { resolve } of this.#starts.splice(0)) resolve();
  }

  /** One of them has ended before it was up. */
  failed(error: unknown): void {
    this.starting -= 1;
    for (const { reject } of this.#starts.splice(0)) reject(error);
  }

  /** Sees to so many threads, and resolves when those that were missing have come up. */
  async prewarm(count: number): Promise<void> {
    const isUp = this.count - this.starting;
    while (this.count < count && !this.isFull) this.start();
    // One that comes up is not missing any more, though it may end soon for want of calls.
    for (let missing = Math.min(count - isUp, this.starting); missing > 0; missing--) {
      if (this.isEnding) return;
      await new Promise<void>((resolve, reject) => this.#starts.push({ resolve, reject }));
    }
  }

  /** One that has no call any more, or not yet. */
  put(thread: Thread): void {
    if (this.isEnding) return thread.end();
    thread.round = this.#round;
    this.idle.push(thread);
    this.rest();
  }

  /** From now on threads are idle for want of calls. */
  rest(): void {
    if (this.#reaper !== undefined || this.idle.length === 0) return;
    if (this.isEnding || this.#idleMs > LONGEST_MS || this.#isWanted()) return;
    this.#reaper = setTimeout(() => this.#reap(), this.#idleMs).unref();
  }

  /** A thread is given a call. It is the last of the idle ones, or none of them. */
  take(thread: Thread): void {
    if (this.idle.at(-1) === thread) this.idle.pop();
    if (this.#keepsSpare) this.keepSpare();
  }

  forget(thread: Thread): void {
    this.all.delete(thread);
    const index = this.idle.indexOf(thread);
    if (index >= 0) this.idle.splice(index, 1);
    if (this.all.size > 0) return;
    poolsWithThreads.delete(this.#pool);
    this.#onGone?.();
  }

  /** Ends, once in a while, those that were idle all the while. */
  #reap(): void {
    this.#reaper = undefined;
    if (this.#isWanted()) return;
    while (this.idle.length > 0 && this.idle[0]!.round < this.#round) this.idle.shift()!.end();
    this.#round += 1;
    this.rest();
  }

  /** From now on one more than needed is kept ready. */
  keepSpare(): void {
    this.#keepsSpare = true;
    if (this.#spareTimer !== undefined) return;
    this.#spareTimer = setTimeout(() => {
      this.#spareTimer = undefined;
      if (this.isEnding || this.isFull) return;
      const idle = this.idle.length + this.starting;
      for (let missing = Math.max(1 - idle, 2 - this.count); missing > 0; missing--) this.start();
    }, SPARE_AFTER_MS).unref();
  }

  /** Ends every thread: from inside if it listens, from outside if it does not. Resolves when all are gone. */
  async end(): Promise<void> {
    clearTimeout(this.#reaper);
    clearTimeout(this.#spareTimer);
    if (this.all.size === 0) return;
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve));
    for (const thread of this.idle.splice(0)) thread.end();
    const timer = setTimeout(() => {
      for (const thread of this.all) thread.terminate();
    }, END_MS);
    await gone;
    clearTimeout(timer);
  }
}
