import { setImmediate } from "../host.ts";

/** What the timers need of time: to read it, and to be woken once. */
export interface Clock {
  now(): number;
  /** Whether the alarm may have got lost, and has to be set anew. */
  readonly stale?: boolean;
  /** Arranges that `ring` is called once, at `at` or later; replaces the alarm that was set before. */
  setAlarm(at: number, ring: () => void): void;
  /** The alarm may stay set, but must no longer keep the process alive. */
  restAlarm(): void;
}

/** Longer timeouts would fire at once, so a longer wait is made of several alarms. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** How often it is looked whether faked timers are still there, in milliseconds. */
const WATCH_MS = 20;

// The host's functions as they were when this was loaded. On the web none may be called as a method of something else.
const hostTimeout = setTimeout;
const hostInterval = setInterval;
const clearHostInterval = clearInterval;
const hostNow = readerOf(performance);

/** What `setTimeout` gives: on the web, and where it is faked, it may be a number. */
interface HostTimer {
  ref?(): unknown;
  unref?(): unknown;
}

/**
 * `performance.now()` and one timer of the host's, whatever the number of sleepers and deadlines.
 *
 * Tests put others in place of both, together or one of them, at any moment. So they are read whenever they are used:
 *
 * - Another `performance.now`: what is pending is moved to where as much is left of it as before.
 * - Another `setTimeout`: the alarm is set anew. If nobody sets one, a watch sees it.
 * - An alarm that comes early, where one of the two is faked: time has passed that the other did not see, and what is
 *   pending is brought nearer by as much.
 */
export class HostClock implements Clock {
  /** Whether nobody has put another clock in its place: then what it reads is not the host's time. */
  active = true;
  #timer: HostTimer | undefined;
  #at = Infinity;
  /** Whether the timer keeps the process alive; `"until the turn ends"`: it need not any more. */
  #holds: "yes" | "until the turn ends" | "no" = "no";
  #turnEndAwaited = false;

  #performance = performance;
  #read: () => number = readerOf(performance);
  #setBy: unknown;
  #clear: (timer: never) => void = clearTimeout;
  /** Whether the alarm was set with a faked function. */
  #isFaked = false;
  /** There may be one while it is. */
  #watch: ReturnType<typeof setInterval> | undefined;
  readonly #onShift: (by: number) => void;

  /** @param onShift - told by how much the times of all that is pending change */
  constructor(onShift: (by: number) => void) {
    this.#onShift = onShift;
  }

  /** A faked one, too: a test may have cleared it. */
  get stale(): boolean {
    return this.#timer !== undefined && (this.#isFaked || this.#setBy !== setTimeout);
  }

  now(): number {
    return performance.now === this.#read ? performance.now() : this.#readAnother();
  }

  setAlarm(at: number, ring: () => void): void {
    if (this.#timer === undefined || at < this.#at || this.stale) {
      this.#set(at, ring);
    } else if (this.#holds === "no") {
      this.#timer.ref?.();
    }
    this.#holds = "yes";
  }

  /** Lets go at the end of the event loop's turn: in between, the next alarm often wants the timer back. */
  restAlarm(): void {
    if (this.#holds === "yes") this.#holds = "until the turn ends";
    if (this.#turnEndAwaited) return;
    this.#turnEndAwaited = true;
    setImmediate(() => {
      this.#turnEndAwaited = false;
      if (this.#holds === "yes") return;
      this.#holds = "no";
      if (this.#timer?.unref === undefined) this.#unset();
      else this.#timer.unref();
      this.#unwatch();
    });
  }

  #set(at: number, ring: () => void): void {
    this.#unset();
    const ms = timeoutUntil(at, this.now());
    const timer: HostTimer = setTimeout(() => {
      // Of a clock that has been replaced.
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      this.#unwatch();
      if (this.active && isFaked(timer)) this.#trust(at, ms);
      ring();
    }, ms);
    this.#timer = timer;
    this.#at = at;
    this.#setBy = setTimeout;
    this.#clear = clearTimeout;
    this.#isFaked = isFaked(timer);
    if (this.#isFaked) this.#watchFor(ring);
  }

  #unset(): void {
    // A fake that is gone must be left alone: to clear a timer of `node:test` then breaks those of the next one.
    if (this.#timer !== undefined && (!this.#isFaked || this.#setBy === setTimeout)) {
      const clear = this.#clear;
      clear(this.#timer as never);
    }
    this.#timer = undefined;
    this.#unwatch();
  }

  #watchFor(ring: () => void): void {
    this.#watch = hostInterval(() => {
      if (this.#setBy === setTimeout) return;
      this.#unset();
      ring();
    }, WATCH_MS);
    this.#watch.unref?.();
  }

  #unwatch(): void {
    clearHostInterval(this.#watch);
    this.#watch = undefined;
  }

  /** The alarm that was set for `ms` has come, so that much time has passed, whatever the clock says. */
  #trust(at: number, ms: number): void {
    const missing = at - this.now();
    if (missing > 0 && ms < LONGEST_TIMEOUT) this.#shift(-missing);
  }

  /** What was before is read once more, to know what is left of the times on it. */
  #readAnother(): number {
    const time = performance.now();
    let before = time;
    try {
      before = this.#read.call(this.#performance);
    } catch {
      // It is gone for good.
    }
    this.#performance = performance;
    this.#read = readerOf(performance);
    this.#shift(time - before);
    return time;
  }

  #shift(by: number): void {
    this.#at += by;
    this.#onShift(by);
  }
}

/** For how long the host is to wait, at most as long as it can. */
export function timeoutUntil(at: number, now: number): number {
  return Math.min(Math.max(Math.ceil(at - now), 1), LONGEST_TIMEOUT);
}

/**
 * Whether it is somebody else's time that has to pass for a timer. A function that only wraps Node's gives Node's
 * timer.
 */
function isFaked(timer: HostTimer): boolean {
  if (performance.now !== hostNow) return true;
  return setTimeout !== hostTimeout && !(typeof timer === "object" && "_idleTimeout" in timer);
}

/** The function that reads a clock, to be called with the clock, and to be told from another. */
function readerOf(clock: typeof performance): () => number {
  // oxlint-disable-next-line typescript/unbound-method -- it is never called without
  return clock.now;
}
