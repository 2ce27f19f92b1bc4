import { constants } from "node:os";
import { CancelledError, got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { taskGroup } from "./run-group.ts";
import type { TaskGroup } from "./task-group.ts";

/**
 * The name of a signal. Which of them there are depends on the platform.
 *
 * @public
 */
export type SignalName =
  | "SIGABRT"
  | "SIGALRM"
  | "SIGBUS"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGFPE"
  | "SIGHUP"
  | "SIGILL"
  | "SIGINT"
  | "SIGIO"
  | "SIGIOT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGPOLL"
  | "SIGPROF"
  | "SIGPWR"
  | "SIGQUIT"
  | "SIGSEGV"
  | "SIGSTKFLT"
  | "SIGSTOP"
  | "SIGSYS"
  | "SIGTERM"
  | "SIGTRAP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGUNUSED"
  | "SIGURG"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGVTALRM"
  | "SIGWINCH"
  | "SIGXCPU"
  | "SIGXFSZ"
  | "SIGBREAK"
  | "SIGLOST"
  | "SIGINFO";

/**
 * How a program ends.
 *
 * @public
 */
export interface MainOptions {
  /** How long the program may take to unwind after a signal, in milliseconds; 10,000 by default. */
  graceMs?: number | undefined;
  /** The signals that cancel the program; `SIGINT` and `SIGTERM` by default. */
  signals?: readonly SignalName[] | undefined;
}

/** Longer timers would fire at once. */
const LONG = 2 ** 31 - 1;

/**
 * Runs a program in a task group: keeps the process alive until the group has ended, and sets its exit code.
 *
 * - The body's and every task's end: exit code 0, or what `process.exitCode` was set to.
 * - A failure: it is printed to standard error, with all that go with it; exit code 1.
 * - A signal: the group is cancelled with a `CancelledError` of origin `"signal"` and everything unwinds; exit code 128
 *   plus the signal's number. If that takes longer than `graceMs`, or a second signal comes, the process exits at once.
 *
 * @param body - called at once with the program's group
 * @param options - how it ends
 * @returns resolves when the group has ended, also after a failure; it never rejects
 * @throws TypeError or RangeError, synchronously, for an argument that is none of what is expected
 *
 * @example
 * ```ts
 * import { main, sleep } from "skein";
 *
 * await main(async (group) => {
 *   group.background(async (task) => {
 *     for (;;) await sleep(1_000, task);
 *   });
 *   console.log("served");
 * });
 * // prints: served
 * ```
 *
 * @public
 */
export function main(
  body: (group: TaskGroup) => unknown,
  options: MainOptions = {},
): Promise<void> {
  checkBody("body", body);
  const { graceMs = 10_000, signals = ["SIGINT", "SIGTERM"] } = options;
  checkDuration("graceMs", graceMs);
  for (const name of signals) {
    if (constants.signals[name] === undefined) {
      throw new TypeError(`Expected \`signals\` to hold names of signals, got ${got(name)}`);
    }
  }
  return runProgram(body, graceMs, signals);
}

async function runProgram(
  body: (group: TaskGroup) => unknown,
  graceMs: number,
  signals: readonly SignalName[],
): Promise<void> {
  const controller = new AbortController();
  const keepAlive = setInterval(() => {}, LONG);
  let received: SignalName | null = null;
  let grace: NodeJS.Timeout | undefined;

  const onSignal = (name: SignalName): void => {
    if (received !== null) process.exit(exitCodeOf(name));
    received = name;
    grace = setTimeout(() => process.exit(exitCodeOf(name)), Math.min(graceMs, LONG));
    controller.abort(new CancelledError(`The process received ${name}`, "signal"));
  };

  for (const name of signals) process.on(name, onSignal);
  try {
    await taskGroup(body, { signal: controller.signal, name: "main" });
    if (received !== null) process.exitCode = exitCodeOf(received);
  } catch (error) {
    if (received !== null && error === controller.signal.reason) {
      process.exitCode = exitCodeOf(received);
    } else {
      console.error(error);
      process.exitCode = 1;
    }
  } finally {
    clearInterval(keepAlive);
    clearTimeout(grace);
    for (const name of signals) process.off(name, onSignal);
  }
}

/** The convention of shells. */
function exitCodeOf(name: SignalName): number {
  return 128 + constants.signals[name];
}
