import { nodeFs } from "../node-fs.ts";
import type { Call } from "./call.ts";

/** What is known of a thread from one look. */
interface Look {
  readonly isSleeping: boolean;
  /** Processor time that it has used so far, in whatever unit. */
  readonly used: number;
}

/**
 * Tells which calls wait for something rather than compute: those whose thread sleeps at two looks in a row and has
 * used no processor between them.
 *
 * Where the system tells of each thread (Linux), that is asked, for what it says holds on a machine that is busy
 * otherwise, or allowed only a part of a processor. Elsewhere the process's own processor time has to do: if all
 * threads together have used next to none, all of them are blocked.
 */
export class BlockedThreads {
  #looks = new Map<Call, Look>();
  #usage = process.cpuUsage();
  #time = performance.now();

  /** Takes a look at calls that run; tells what was found of those that ran at the last look already. */
  look(calls: readonly Call[]): Map<Call, "blocked" | "computing"> {
    const before = this.#looks;
    const isIdle = this.#isProcessIdle(calls.length);
    this.#looks = new Map(calls.map((call) => [call, lookAt(call.thread?.systemId, isIdle)]));
    const found = new Map<Call, "blocked" | "computing">();
    for (const [call, { isSleeping, used }] of this.#looks) {
      const first = before.get(call);
      if (first === undefined) continue;
      const isBlocked = first.isSleeping && isSleeping && first.used === used;
      found.set(call, isBlocked ? "blocked" : "computing");
    }
    return found;
  }

  /** Whether the process has used less than a fifth of what so many computing threads would. */
  #isProcessIdle(threads: number): boolean {
    const { user, system } = process.cpuUsage(this.#usage);
    const now = performance.now();
    const available = (now - this.#time) * 1_000 * threads;
    this.#usage = process.cpuUsage();
    this.#time = now;
    return user + system < available / 5;
  }
}

/** Of the line in `/proc`: the state, and how long it has run for the program and for the system. */
const STAT = /\) (\w)(?: -?\d+){10} (\d+) (\d+)/;

function lookAt(systemId: number | undefined, isProcessIdle: boolean): Look {
  if (systemId !== undefined) {
    try {
      const line = nodeFs().readFileSync(`/proc/self/task/${systemId}/stat`, "latin1");
      const [, state, user, system] = STAT.exec(line)!;
      return { isSleeping: state !== "R", used: Number(user) + Number(system) };
    } catch {
      // It has just ended, or the system tells nothing.
    }
  }
  return { isSleeping: isProcessIdle, used: 0 };
}
