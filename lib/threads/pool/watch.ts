// The host's: threads take real time, also where a test lets time jump.
import { setImmediate } from "node:timers";
import { availableParallelism } from "node:os";
import type { Thread } from "./call.ts";

/** So many looks in a row, some microseconds, before the event loop goes on. */
const LOOKS = 250;
/** So many replies are taken in before the event loop turns. */
const MOST_REPLIES = 128;
/** A call that takes longer than this is waited for in another way. */
const PATIENCE_MS = 0.1;
/** A look in vain costs what is won by so many others. */
const FAIR_SHARE = 8;
/** For so long nobody looks after it was in vain too often; twice as long each time that it is so again. */
const LEAST_PAUSE_MS = 0.5;
const MOST_PAUSE_MS = 4;

/** The end of the running microtask, also where a test has taken `queueMicrotask` away. */
const now = Promise.resolve();

/** With one processor, whoever looks keeps the one from working that it waits for. */
export const maySpin: boolean = availableParallelism() > 1;
/** This thread takes one processor while it looks. */
const MOST_WATCHED = maySpin ? Math.max(1, availableParallelism() - 1) : 0;

/**
 * Looks for the replies of quick calls, which are there before a message could be: at the end of the running microtask
 * first, then once per turn of the event loop, and no longer than it pays.
 */
export class Watch {
  readonly #threads: Thread[] = [];
  /** A call has turned out not to be quick: the thread is listened to from now on. */
  readonly #onGivenUp: () => void;
  #isDue = false;
  /** What may still be done before the event loop has to turn. */
  #replies = MOST_REPLIES;
  #isRefilling = false;
  /** Replies seen since a look was in vain. */
  #seen = 0;
  #pauseMs = 0;
  /** When somebody looks again; 0 while that is now. */
  #pausesUntil = 0;

  constructor(onGivenUp: () => void) {
    this.#onGivenUp = onGivenUp;
  }

  get hasRoom(): boolean {
    return this.#threads.length < MOST_WATCHED;
  }

  /** Whether it pays to look: it does not while the system has both threads share a processor. */
  get pays(): boolean {
    if (this.#pausesUntil === 0) return true;
    if (performance.now() < this.#pausesUntil) return false;
    this.#pausesUntil = 0;
    return true;
  }

  /** Whether a quick call has ended since the event loop has turned. */
  get isActive(): boolean {
    return this.#isRefilling;
  }

  /** A quick call has ended, whether it was watched or not. */
  heard(): void {
    this.#replies -= 1;
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    // The event loop gets its turn before there are many more, be it that nothing else brings one.
    setImmediate(() => {
      this.#isRefilling = false;
      this.#replies = MOST_REPLIES;
    });
  }

  /** Looks for the reply of a thread that has been given a quick call. */
  add(thread: Thread): void {
    this.#threads.push(thread);
    thread.busySince = 0;
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#replies > 0) void now.then(this.#look);
    else setImmediate(this.#turn);
  }

  /** The thread has no call any more. */
  delete(thread: Thread): void {
    const threads = this.#threads;
    const index = threads.indexOf(thread);
    if (index < 0) return;
    const last = threads.pop()!;
    if (last !== thread) threads[index] = last;
  }

  readonly #look = (): void => {
    const threads = this.#threads;
    // A reply that is taken in may bring the next call, which is looked for in the same go.
    for (let looks = 0; looks < LOOKS && this.#replies > 0 && threads.length > 0; looks++) {
      for (let i = threads.length - 1; i >= 0; i--) {
        if (threads[i]?.look() !== true) continue;
        looks = 0;
        this.#seen += 1;
      }
    }
    if (threads.length > 0) setImmediate(this.#turn);
    else this.#isDue = false;
  };

  readonly #turn = (): void => {
    const time = performance.now();
    let hasGivenUp = false;
    for (const thread of this.#threads.slice()) {
      if (thread.busySince === 0) thread.busySince = time;
      if (time - thread.busySince < PATIENCE_MS) continue;
      hasGivenUp = true;
      this.delete(thread);
      if (!thread.mailbox.listen()) thread.look();
    }
    if (hasGivenUp) {
      this.#wasInVain(time);
      this.#onGivenUp();
    }
    this.#look();
  };

  #wasInVain(time: number): void {
    if (this.#seen >= FAIR_SHARE) {
      this.#pauseMs = 0;
    } else {
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, LEAST_PAUSE_MS), MOST_PAUSE_MS);
      this.#pausesUntil = time + this.#pauseMs;
    }
    this.#seen = 0;
  }
}
