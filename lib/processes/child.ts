import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { SignalName } from "../tasks/signal-name.ts";
import { leaveNoneBehind } from "./left-behind.ts";
import { ProcessTree } from "./process-tree.ts";

/** How long it is waited before it is looked again whether a process is still there: at first, and at most. */
const LOOK_MS = 1;
const LOOK_MOST_MS = 50;
/** How long nothing may come out of a pipe that nobody is known to hold before it is closed here. */
const SILENCE_MS = 50;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

const hasGroups = (): boolean => process.platform !== "win32";
/** The host's timers: processes take real time, also where a test lets time jump. */
const timers = (): typeof import("node:timers") => process.getBuiltinModule("timers");

/**
 * A process that has been started, and all that comes of it.
 *
 *     running ──stop()──▶ asked to stop ──graceMs──▶ being killed
 *        │                      │                        │
 *        └──────────────────────┴────────────────────────┴──▶ over
 *
 * Over: it has ended, its pipes are closed, nobody else is left.
 */
export class Child {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** `null` if there is nothing to be read. */
  readonly stdin: Writable | null;
  /** Resolves when all is over; it never rejects. */
  readonly over: Promise<void>;
  exitCode: number | null = null;
  signal: string | null = null;
  /** Whether something was made to end that had not ended by itself. */
  isStopped = false;

  readonly #process: ChildProcess;
  readonly #tree: ProcessTree | null;
  readonly #stopSignal: SignalName;
  readonly #graceMs: number;
  readonly #closed: Promise<void>;
  readonly #forget: () => void;
  #isAsked = false;
  #isClosed = false;
  #isOver = false;
  #grace: NodeJS.Timeout | undefined;

  /** @param started - a process with a number, which leads a group of its own where there are groups */
  constructor(started: ChildProcess, stopSignal: SignalName, graceMs: number) {
    this.#process = started;
    this.stdout = started.stdout!;
    this.stderr = started.stderr!;
    this.stdin = started.stdin;
    this.#stopSignal = stopSignal;
    this.#graceMs = graceMs;
    this.#tree = hasGroups() ? new ProcessTree(started.pid!) : null;
    // A signal that could not be sent; whether the process is there is looked at anyway.
    started.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      started.once("close", (exitCode, signal) => {
        this.exitCode = exitCode;
        this.signal = signal;
        this.#isClosed = true;
        resolve();
      });
    });
    this.#forget = leaveNoneBehind(() => this.#killAtOnce());
    this.over = this.#end();
  }

  /** Asks it and all that have come of it to end, and kills those that are left after the grace time. */
  stop(): void {
    if (this.#isAsked || this.#isOver) return;
    this.#isAsked = true;
    // Nobody can be asked on Windows: what is called a signal there kills.
    if (this.#tree === null || this.#graceMs === 0) {
      void this.#kill();
      return;
    }
    this.isStopped = this.#tree.signal(this.#stopSignal);
    if (this.#graceMs === Infinity) return;
    const ms = Math.min(this.#graceMs, LONGEST_TIMEOUT);
    this.#grace = timers().setTimeout(() => void this.#kill(), ms);
  }

  async #end(): Promise<void> {
    await this.#closed;
    // Node lets go of what it has of a process at the end of a turn of the event loop.
    for (let turn = 0; turn < 2; turn++) await nextTurn();
    let pause = LOOK_MS;
    while (this.#tree?.isLeft() === true) {
      await after(pause);
      pause = Math.min(2 * pause, LOOK_MOST_MS);
    }
    this.#isOver = true;
    timers().clearTimeout(this.#grace);
    this.#forget();
  }

  async #kill(): Promise<void> {
    if (this.#tree === null) {
      this.isStopped ||= this.#process.exitCode === null && this.#process.signalCode === null;
      await this.#taskkill();
    } else {
      // Again as long as there is one: it may have begun another meanwhile.
      let pause = LOOK_MS;
      while (!this.#isOver && this.#tree.signal("SIGKILL")) {
        this.isStopped = true;
        await after(pause);
        pause = Math.min(2 * pause, LOOK_MOST_MS);
      }
    }
    await this.#closePipes();
  }

  #killAtOnce(): void {
    if (this.#tree === null) this.#process.kill("SIGKILL");
    else this.#tree.signal("SIGKILL");
  }

  /** Ends a process of Windows and what it has begun. */
  #taskkill(): Promise<void> {
    const { spawn } = process.getBuiltinModule("child_process");
    return new Promise((resolve) => {
      const args = ["/pid", String(this.#process.pid), "/T", "/F"];
      const killer = spawn("taskkill", args, { stdio: "ignore", windowsHide: true });
      killer.once("error", () => {
        this.#process.kill("SIGKILL");
        resolve();
      });
      killer.once("close", () => resolve());
    });
  }

  /** Who could not be reached may hold the pipes for ever. What is in them is read first. */
  async #closePipes(): Promise<void> {
    const pipes = [this.stdout, this.stderr] as (Readable & { readonly bytesRead: number })[];
    let before = -1;
    while (!this.#isClosed) {
      const read = pipes.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
      const isEmpty = pipes.every(({ readableLength }) => readableLength === 0);
      if (read === before && isEmpty) break;
      before = read;
      await after(SILENCE_MS);
      await nextTurn();
    }
    if (this.#isClosed) return;
    this.isStopped = true;
    for (const pipe of pipes) pipe.destroy();
    this.stdin?.destroy();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => timers().setImmediate(resolve));
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => timers().setTimeout(resolve, ms));
}
